// What every generated source includes: the makefile compiles it once.
#include "objects.h"
#include "brianlib/common_math.h"
#include "exponential.h"
#include "run_constants.h"
#include "schedule_reader.h"
#include "whole_files.h"
#include <climits>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iostream>
