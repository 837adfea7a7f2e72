import{a,b as o}from"./chunk-S33TLEXR.js";var n=30,c=new AbortController().signal;async function i(r){for(let t=0;t<n;t++)try{await r();return}catch{await o(a(t),c)}}export{i as a};
