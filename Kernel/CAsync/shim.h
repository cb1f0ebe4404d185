/* The one thing about its own stack that Swift cannot say. Header only. */
#ifndef CASYNC_SHIM_H
#define CASYNC_SHIM_H

/* The frame pointer of the function this is written in: it points at the caller's, and the
   return address stands above it. */
__attribute__((always_inline)) static inline unsigned long casync_frame(void) {
  return (unsigned long)__builtin_frame_address(0);
}

#endif
