//===- Wrong.cpp - a banner from a neighbour ---===//
#include "Good.h"
int   spaces; // TODO: mend
