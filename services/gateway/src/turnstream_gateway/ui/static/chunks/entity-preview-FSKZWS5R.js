import{a}from"./chunk-F6U3OQO7.js";import"./chunk-Z2JIVQVN.js";import"./chunk-HJOEMV5V.js";export{a as EntityPreview};
