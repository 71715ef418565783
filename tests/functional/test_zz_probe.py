import json,sys,os
sys.path.insert(0,"/tmp")
from cands import C
from .catalogue.desk import Desk
from .world import fill, rule
from ansible_collections.premiervpn.wireguard.plugins.lookup import wg_user
def test_probe(module, inventories, simulator):
    fill(simulator, {"web": [rule("80/tcp -> 80")]})
    (module.run.folder/"text.pem").write_text("this is no certificate")
    desk=Desk(module,inventories)
    out=[]
    for w,g in C:
        wg_user._LISTINGS.clear()
        try:
            s=desk(w,g); out.append([w,g,s.message,s.sent])
        except BaseException as e:
            out.append([w,g,"!!! "+repr(e)[:300],[]])
    json.dump(out,open(os.environ["PROBE_OUT"],"w"))
