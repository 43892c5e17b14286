/** Style of the report page. Colours were chosen to be told apart by colour-blind readers (after Okabe and Ito). */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5f6870; --line: #dde1e5; --paper: #ffffff; --card: #f7f8fa;
  --all: #c2410c; --interest: #0369a1; --sharded: #15803d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a0a8b0; --line: #363c43; --paper: #15181c;
  --card: #1d2126; --all: #fb923c; --interest: #56b4e9; --sharded: #4ade80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 1240px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .8rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); }
.answer { border-left: 4px solid var(--sharded); background: var(--card); padding: .7rem 1rem; margin: 1.2rem 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 470px), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .9rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
figcaption { font-weight: 600; margin-bottom: .4rem; }
figure > svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--ink); font: 12.5px system-ui, sans-serif; } svg .tick { fill: var(--soft); }
.grid { stroke: var(--line); } .axis { stroke: var(--soft); }
.series polyline { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linejoin: round; }
.series circle { fill: currentColor; stroke: var(--card); stroke-width: 1; }
.mode-all { color: var(--all); } .mode-interest { color: var(--interest); } .mode-sharded { color: var(--sharded); }
.server-1 polyline { stroke-dasharray: 7 4; } .server-2 polyline { stroke-dasharray: 2 3; }
.ideal { color: var(--soft); } .ideal polyline { stroke-width: 1.3; stroke-dasharray: 1 5; stroke-linecap: round; }
.legend { list-style: none; margin: .5rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-size: 13px; }
.legend svg { width: 28px; height: 10px; margin-right: .4rem; }
.table { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } .text { text-align: left; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; }
`;
