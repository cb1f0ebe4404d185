// Asks the concurrency runtime whether it is running a task, without linking it: the reference
// is weak, so an image without async code has none of it.

#include "cfibers.h"

// Only a kernel has the embedded runtime, whose current task is a plain global. In ordinary Swift
// the tests themselves are tasks, of threads that no fiber ever leaves.
#if defined(BAREMETAL) || defined(HOSTED)
extern void *swift_task_getCurrent(void) __attribute__((weak));

int fiber_is_in_task(void) { return swift_task_getCurrent && swift_task_getCurrent(); }

// swift::_swift_task_setCurrent(AsyncTask *), which returns the one before.
extern void *set_current(void *) __asm__("_ZN5swift22_swift_task_setCurrentEPNS_9AsyncTaskE")
    __attribute__((weak));

void *fiber_exchange_task(void *task) { return set_current ? set_current(task) : 0; }
#else
int fiber_is_in_task(void) { return 0; }
void *fiber_exchange_task(void *task) { return task; }
#endif
