function t(c){c().catch(()=>{})}export{t as a};
