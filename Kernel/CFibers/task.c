// Asks the concurrency runtime whether it is running a task, without linking it: the reference
// is weak, so an image without async code has none of it.

#include "cfibers.h"

// Only a kernel has the embedded runtime, whose current task is a plain global. In ordinary Swift
// the tests themselves are tasks, of threads that no fiber ever leaves.
#if defined(BAREMETAL) || defined(HOSTED)
extern void *swift_task_getCurrent(void) __attribute__((weak));

int fiber_is_in_task(void) { return swift_task_getCurrent && swift_task_getCurrent(); }
#else
int fiber_is_in_task(void) { return 0; }
#endif
