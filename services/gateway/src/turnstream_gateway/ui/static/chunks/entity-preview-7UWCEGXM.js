import{a}from"./chunk-VIVO5M24.js";import"./chunk-Z2JIVQVN.js";import"./chunk-HJOEMV5V.js";export{a as EntityPreview};
