/** The look of the report: light, dark, on paper and on a phone. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--panel:#f5f6f8;--ink:#16202c;--soft:#566373;--line:#d9dee5;--good:#157347;--goodfill:#2f9e67;--bad:#b3261e;--badfill:#d3453c;--fault:#b54708;--faultfill:#e08a3c;--rebuild:#1f5fbf;--rebuildfill:#3f7fdf;--stepfill:#9dbdf0;--plainfill:#b6bfca;--open:#6b4fa0;--openfill:#9b83c9;--banner:#fff4e0;--bannerline:#e0a23c}
@media (prefers-color-scheme:dark){:root{--paper:#10161d;--panel:#18212b;--ink:#e6ebf1;--soft:#9aa8b7;--line:#2c3947;--good:#5fd39a;--goodfill:#2f8f62;--bad:#ff8a80;--badfill:#cf4a41;--fault:#f5ae6b;--faultfill:#b9692a;--rebuild:#8db8ff;--rebuildfill:#356ec6;--stepfill:#33568f;--plainfill:#465464;--open:#c3aff0;--openfill:#7c64ad;--banner:#2b2313;--bannerline:#8a6524}}
@media print{:root{color-scheme:light;--paper:#fff;--panel:#fff;--ink:#000;--soft:#444;--line:#bbb;--good:#157347;--goodfill:#2f9e67;--bad:#b3261e;--badfill:#d3453c;--fault:#b54708;--faultfill:#e08a3c;--rebuild:#1f5fbf;--rebuildfill:#3f7fdf;--stepfill:#9dbdf0;--plainfill:#b6bfca;--open:#6b4fa0;--openfill:#9b83c9;--banner:#fff;--bannerline:#b54708}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{font-size:10pt}main{max-width:none;padding:0}tr,.card,svg,.banner{break-inside:avoid}h2,h3,caption{break-after:avoid}.scroll{overflow:visible}.log td{white-space:normal}@page{margin:15mm}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:960px;margin:0 auto;padding:28px 20px 48px}
header .when{margin:0;color:var(--soft);font-size:13px}
h1{margin:2px 0 6px;font-size:30px;line-height:1.2;letter-spacing:-.01em}
h1.good,td.good,.state.good{color:var(--good)}h1.bad,td.bad,.state.bad{color:var(--bad)}h1.open,td.open,.state.open{color:var(--open)}
h2{margin:38px 0 8px;font-size:20px;border-bottom:1px solid var(--line);padding-bottom:4px}
h3{margin:24px 0 4px;font-size:15px}
p{margin:6px 0}.lead{font-size:16px;max-width:46em}.note{color:var(--soft);font-size:13px}
.banner{margin:0 0 22px;padding:10px 14px;border:1px solid var(--bannerline);border-left-width:5px;border-radius:4px;background:var(--banner)}
.banner strong{letter-spacing:.08em}.banner a{color:inherit}
.why{margin:14px 0;padding:10px 14px;border-left:5px solid var(--badfill);background:var(--panel);white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.45 ui-monospace,Menlo,Consolas,monospace}
.why details{margin-top:6px}.why summary{cursor:pointer;color:var(--soft)}.why.good{border-color:var(--goodfill)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:12px;margin:18px 0}
.card{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:10px 12px}
.card h3{margin:0;font-size:12.5px;font-weight:600;color:var(--soft)}
.card .value{margin:2px 0;font-size:25px;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.25}
.card .small{margin:0;font-size:12.5px;color:var(--soft)}.card.bad .value{color:var(--bad)}
.meter{height:5px;border-radius:3px;background:var(--line);margin:4px 0;overflow:hidden}.meter i{display:block;height:100%;background:var(--goodfill)}.card.bad .meter i{background:var(--badfill)}
.chart{display:block;margin:6px 0;overflow:hidden;font-size:12px;font-variant-numeric:tabular-nums}
.chart text{fill:var(--ink)}.chart .grid{stroke:var(--line)}.chart .tick,.chart .lane{fill:var(--soft);font-size:11px}
.bar.plain rect{fill:var(--plainfill)}.bar.fault rect{fill:var(--faultfill)}.bar.rebuild rect{fill:var(--rebuildfill)}.bar.step rect{fill:var(--stepfill)}.bar.good rect,.tick-good{fill:var(--goodfill)}.bar.bad rect,.tick-bad{fill:var(--badfill)}.tick-open{fill:var(--openfill)}.write{stroke:var(--paper);stroke-width:1px}
.bar.step text{font-size:11.5px}.bar.rebuild text.inside,.bar.good text.inside,.bar.bad text.inside{fill:#fff}
line.mark{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:4 3}text.mark{font-weight:600}
line.mark.fault{stroke:var(--fault)}text.mark.fault{fill:var(--fault)}line.mark.rebuild{stroke:var(--rebuild)}text.mark.rebuild{fill:var(--rebuild)}line.mark.good{stroke:var(--good)}text.mark.good{fill:var(--good)}
text.mark,.bar text.after,.bar text.before{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
.legend{font-size:12.5px;color:var(--soft)}.key{display:inline-block;width:11px;height:11px;border-radius:2px;margin:0 5px 0 10px}.key:first-child{margin-left:0}.key.good{background:var(--goodfill)}.key.bad{background:var(--badfill)}.key.open{background:var(--openfill)}
.scroll{overflow-x:auto}.log td,.log th{white-space:nowrap;overflow-wrap:normal}
table{width:100%;border-collapse:collapse;font-size:13.5px;margin:10px 0}
caption{text-align:left;color:var(--soft);font-size:13px;padding:4px 0}
th{text-align:left;font-weight:600;color:var(--soft);font-size:12.5px}
th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td.time{font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}
.state{font-weight:600;white-space:nowrap}
.checks td:first-child{width:32%}.checks td:nth-child(2){width:100px}
.pairs th{width:26%;padding-right:16px}
code{font:13px ui-monospace,Menlo,Consolas,monospace;background:var(--panel);border:1px solid var(--line);border-radius:4px;padding:2px 6px;overflow-wrap:anywhere}
footer{margin-top:40px;color:var(--soft);font-size:12.5px}
@media (max-width:560px){main{padding:18px 14px 32px}h1{font-size:25px}.cards{grid-template-columns:1fr 1fr;gap:8px}.card .value{font-size:21px}.checks td:first-child{width:38%}.chart{font-size:11px}.bar.step text{font-size:10.5px}}
`;
