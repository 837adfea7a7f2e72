import{a}from"./chunk-FS6PLGNX.js";import"./chunk-Z2JIVQVN.js";import"./chunk-HJOEMV5V.js";export{a as EntityPreview};
