import{a}from"./chunk-GVWZBS5R.js";import"./chunk-Z2JIVQVN.js";import"./chunk-HJOEMV5V.js";export{a as EntityPreview};
