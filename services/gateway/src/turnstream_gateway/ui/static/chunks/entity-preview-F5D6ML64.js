import{a}from"./chunk-7JRUEDWZ.js";import"./chunk-Z2JIVQVN.js";import"./chunk-HJOEMV5V.js";export{a as EntityPreview};
