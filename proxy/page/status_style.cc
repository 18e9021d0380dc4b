#include "proxy/page/status_style.h"

namespace longshore {

const std::string_view kStatusStyle = R"css(
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1a2230;--soft:#5a6678;--line:#d9dee6;
--accent:#0b62c4;--second:#b4530a;--good:#1a7f4b;--bad:#b3261e;--track:#e6eaf0}
@media (prefers-color-scheme:dark){:root{--bg:#10151d;--card:#19202b;--text:#e6ebf2;--soft:#9aa7b8;
--line:#2d3746;--accent:#6cb2ff;--second:#f0a35e;--good:#5fd396;--bad:#ff8a80;--track:#2a3443}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,sans-serif}
header,main,footer{max-width:1180px;margin:0 auto;padding:0 20px}
header{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:baseline;padding-top:22px;padding-bottom:6px}
h1{font-size:22px;margin:0}
h2{font-size:15px;margin:0 0 10px;font-weight:650}
.soft{color:var(--soft)}
.pill{display:inline-block;border-radius:999px;padding:1px 11px;font-weight:600;border:1px solid}
.good{color:var(--good)}.bad{color:var(--bad)}.idle{color:var(--soft)}
main{display:grid;grid-template-columns:repeat(12,1fr);gap:16px;padding-top:10px;padding-bottom:10px}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px;
grid-column:span 4;min-width:0}
section.more{grid-column:span 7}section.less{grid-column:span 5}section.wide{grid-column:span 12}
.notice{border-left:5px solid var(--accent)}.problems{border-left:5px solid var(--bad)}
.problems ul{margin:0;padding-left:20px}.notice p{margin:0}
.big{font-size:30px;font-weight:650;line-height:1.2}
svg{display:block;width:100%;height:auto;overflow:visible;margin-top:8px}
svg text{fill:var(--soft);font-size:11px}
.grid{stroke:var(--line);stroke-dasharray:3 4}.axis{stroke:var(--soft)}
.line{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.dot.one{fill:var(--accent)}.dot.two{fill:var(--second)}
.one{stroke:var(--accent)}.two{stroke:var(--second);stroke-dasharray:6 4}
.track{fill:var(--track)}.fill.under{fill:var(--accent)}.fill.over{fill:var(--bad)}
.mark{stroke:var(--text);stroke-width:1.5}
.key{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;margin-top:6px}
.key i{display:inline-block;width:18px;border-top:2px solid;vertical-align:middle;margin-right:6px}
.key .k1{border-color:var(--accent)}.key .k2{border-color:var(--second);border-top-style:dashed}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:middle}
tr:last-child td{border-bottom:0}
th{font-size:12.5px;color:var(--soft);font-weight:600}
td.n,th.n{text-align:right}td.n{white-space:nowrap;font-variant-numeric:tabular-nums}
th:last-child,td:last-child{padding-right:0}
td.name{overflow-wrap:anywhere;min-width:11em}
td.act{white-space:nowrap;text-align:right}
code{font:12.5px ui-monospace,monospace}
progress{appearance:none;display:block;width:100%;min-width:90px;height:14px;border:0;border-radius:4px;
background:var(--track);overflow:hidden}
progress::-webkit-progress-bar{background:var(--track)}
progress::-webkit-progress-value{background:var(--accent)}
progress::-moz-progress-bar{background:var(--accent)}
form{display:inline}
form.search{display:flex;gap:8px;margin-bottom:12px}
input,button{font:inherit;border:1px solid var(--line);border-radius:7px;padding:5px 12px;
background:var(--bg);color:var(--text)}
input{flex:1;min-width:0}
button{cursor:pointer;margin-left:4px}
button.danger{color:var(--bad)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
a{color:var(--accent)}
.skip{position:absolute;left:-999px}.skip:focus{left:12px;top:8px;background:var(--card);padding:6px 12px}
footer{padding-top:4px;padding-bottom:28px;font-size:13px}
@media (max-width:900px){section,section.more,section.less{grid-column:span 12}}
)css";

// Replaces what changes by itself, never what has the focus, and asks before a purge.
const std::string_view kStatusScript = R"js(
async function refresh(){
  if(document.hidden)return;
  try{
    const answer=await fetch(location.pathname+location.search,{headers:{Accept:'text/html'}});
    if(!answer.ok)return;
    const fresh=new DOMParser().parseFromString(await answer.text(),'text/html');
    for(const old of document.querySelectorAll('[data-live]')){
      const now=fresh.getElementById(old.id);
      if(now&&!old.contains(document.activeElement)&&now.innerHTML!==old.innerHTML)
        old.replaceWith(document.importNode(now,true));
    }
  }catch(error){}
}
setInterval(refresh,5000);
document.addEventListener('submit',event=>{
  const ask=event.target.dataset.ask;
  if(ask&&!confirm(ask))event.preventDefault();
});
)js";

}  // namespace longshore
