# A guest of a few instructions for tests of the GDB client: it counts for ever. Started by PVH, so
# in 32-bit protected mode without paging; linked at 1 MiB by the tests.
#
#   tick      adds one to `counter`, called in a loop
#   pattern   256 bytes 0, 1, 2 … 255, never written
#   scratch   4,096 bytes that nothing touches

  .section .note.pvh, "a", @note
  .long 4, 4, 18          # name size, value size, XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .long start

  .text
  .code32
  .globl start, tick, counter, pattern, scratch, after
start:
  movl $stack_end, %esp
  xorl %ebp, %ebp
  movl $0x11223344, %ebx
again:
  call tick
after:
  nop
  jmp again

  .type tick, @function
tick:
  pushl %ebp
  movl %esp, %ebp
  incl counter
  popl %ebp
  ret
  .size tick, . - tick

  .data
  .balign 4096
counter:
  .quad 0
  .balign 256
pattern:
  .set value, 0
  .rept 256
  .byte value
  .set value, value + 1
  .endr
  .balign 4096
scratch:
  .fill 4096, 1, 0

  .bss
  .balign 16
  .skip 4096
stack_end:
