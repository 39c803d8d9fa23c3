// The one style of a gallery's page. Not for others.
#pragma once

#include <string_view>

namespace tesseras::tessera {

// Quiet paper, one serif for what people wrote and one sans for what we add, sizes in rem so that
// a reader's own setting rules. Logical properties throughout: the page turns round for scripts
// written from the right.
inline constexpr std::string_view gallery_style = R"(
:root{color-scheme:light dark;--paper:#f8f5f0;--card:#fffdfa;--ink:#2a2520;--soft:#6b6258;--line:#e6dfd4;--well:#efe9df;--link:#7b4a20}
@media(prefers-color-scheme:dark){:root{--paper:#161412;--card:#1e1b18;--ink:#ebe5dc;--soft:#a59b8d;--line:#332e28;--well:#100e0d;--link:#e2b088}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;padding:0 clamp(1rem,4vw,4rem)}
a{color:var(--link);text-underline-offset:.2em;text-decoration-thickness:.06em}
a:focus-visible,audio:focus-visible,video:focus-visible{outline:.2rem solid var(--link);outline-offset:.2rem}
.page,.top,.foot{max-width:84rem;margin-inline:auto}
.top{padding-block:clamp(2.5rem,8vw,5.5rem) clamp(1.5rem,4vw,3rem)}
h1{font:500 clamp(1.9rem,5vw,3.2rem)/1.15 Charter,"Iowan Old Style","Palatino Linotype",Palatino,Georgia,"Noto Serif",serif;margin:0 0 .75rem;max-width:24ch;overflow-wrap:break-word;text-wrap:balance}
.words,.about{font-family:Charter,"Iowan Old Style","Palatino Linotype",Palatino,Georgia,"Noto Serif",serif;white-space:pre-line;overflow-wrap:anywhere}
.about{font-size:1.15rem;max-width:40em;margin:0 0 1.25rem}
.facts{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:0;color:var(--soft);font-size:.9rem}
.grid{display:grid;align-items:start;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:clamp(1rem,2.5vw,2rem)}
.memory{display:flex;flex-direction:column;background:var(--card);border:1px solid var(--line);border-radius:.6rem;overflow:hidden}
.memory figure{margin:0;display:flex;flex-direction:column;flex:1}
.well{display:flex;align-items:center;justify-content:center;aspect-ratio:4/3;background:var(--well);overflow:hidden}
.well img,.well video{display:block;width:100%;height:100%;object-fit:contain}
.well img{object-fit:scale-down}
.sound{padding:1.25rem 1.25rem 0}
audio{display:block;width:100%}
.letter{padding:1.25rem;max-height:24rem;overflow:auto;font-size:1.05rem;border-block-end:1px solid var(--line)}
.letter p{margin:0}
.file{flex-direction:column;gap:.35rem;padding:1.25rem;text-align:center;text-decoration:none;color:var(--soft);font-size:.9rem}
.file strong{font-size:1.35rem;font-weight:500;color:var(--ink);letter-spacing:.02em}
.file span:last-child{text-decoration:underline;color:var(--link)}
figcaption{padding:1rem 1.25rem 1.2rem;display:flex;flex-direction:column;gap:.4rem;flex:1}
figcaption p,figcaption ul{margin:0}
.when{color:var(--soft);font-size:.85rem;display:flex;flex-wrap:wrap;gap:0 .9rem;font-variant-numeric:tabular-nums}
.people,.tags{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.1rem .9rem;color:var(--soft);font-size:.85rem}
.tags li::before{content:"#";opacity:.6}
.more{font-size:.9rem}
nav{max-width:84rem;margin:2.5rem auto 0}
nav ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.4rem;justify-content:center}
nav a,nav strong{display:block;min-width:2.75rem;padding:.5rem .8rem;text-align:center;border:1px solid var(--line);border-radius:.5rem;text-decoration:none;background:var(--card)}
nav strong{font-weight:600;background:none;border-color:transparent}
.foot{margin-block:clamp(3rem,7vw,5rem) 3rem;padding-top:1.5rem;border-top:1px solid var(--line);color:var(--soft);font-size:.9rem}
.foot p{max-width:65ch;margin:0 0 .75rem}
code{font:.85em ui-monospace,"SF Mono",Menlo,Consolas,"Noto Sans Mono",monospace;overflow-wrap:anywhere}
@media print{body{background:none;padding:0}.memory{break-inside:avoid}nav{display:none}}
)";

}  // namespace tesseras::tessera
