// Values of structural primitives: functions of the operands' elements (row-major), the attributes, the operands' types and
// the type of the value. Their derivatives are programs of these.

const stop = ([x]) => x;
