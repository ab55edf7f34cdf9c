/** 2^4 shapes of a request: all can be checked when it is loaded and read by a person. */
export const maxClauses = 4;
