/* What Swift cannot say about its own stack and its runtime. Header only. */
#ifndef CASYNC_SHIM_H
#define CASYNC_SHIM_H

/* The frame pointer of the function this is written in: it points at the caller's, and the
   return address stands above it. */
__attribute__((always_inline)) static inline unsigned long casync_frame(void) {
  return (unsigned long)__builtin_frame_address(0);
}

/* The class of tasks: the first word of each. The runtime's name of it is C++
   (`swift::taskHeapMetadataPtr`). */
extern const void *const _ZN5swift19taskHeapMetadataPtrE;
__attribute__((always_inline)) static inline unsigned long casync_task_class(void) {
  return (unsigned long)_ZN5swift19taskHeapMetadataPtrE;
}

#endif
