// From the loader to Swift in long mode. Hypervisors enter by PVH (32-bit, paging off, EBX =
// hvm_start_info; Xen's docs/misc/pvh.pandoc), boot loaders by multiboot2 (the same, EBX = boot
// information; Multiboot2 Specification 2.0, 3.1 to 3.3). Either structure's address is passed
// on; BootMemory.swift tells them apart. Builds the page tables on the way: the image is
// mapped in 4 KiB pages, each with the rights of its segment and no more, the guard pages not at
// all, and the window of the interrupt controllers uncached. RAM beyond the image is mapped
// later from the memory map, and page 0, where firmware may put that, unmapped then
// (PageTables.swift).
//
// Relies on RAM being zero where .bss lies, which the loader guarantees.

#ifdef BAREMETAL

.set PAGE_PRESENT, 1
.set PAGE_WRITABLE, 2
.set PAGE_LARGE, 0x80
.set PAGE_UNCACHED, 0x10
.set PAGE_GUARD, 0x200                    // says why a page is absent (PageTables+Pages.swift)
.set PAGE_NEVER_EXECUTE, 0x80000000       // in the upper half of the entry

  .section .note.pvh, "a", @note
  .balign 4
  .long 4, 4, 18                          // XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .long boot_entry

  .section .multiboot2, "a", @progbits
  .balign 8
multiboot2_header:
  .long 0xe85250d6, 0, multiboot2_end - multiboot2_header         // i386
  .long -(0xe85250d6 + multiboot2_end - multiboot2_header)
  .word 3, 0                              // entry address; ELF's own is PVH's
  .long 12, boot_multiboot2_entry, 0
  .word 0, 0                              // end of tags
  .long 8
multiboot2_end:

  .section .text.boot, "ax", @progbits
  .code32
  // The boot information may lie anywhere, also where the heap will be: it goes to page 1, below
  // which the BIOS keeps its data. Moved downwards, so it may overlap itself. It is cut at 28 KiB;
  // what comes above, to 640 KiB, loaders and the BIOS use.
  .globl boot_multiboot2_entry
  .type boot_multiboot2_entry, @function
boot_multiboot2_entry:
  .cfi_startproc
  .cfi_undefined 16
  cld
  movl (%ebx), %ecx                       // its size
  cmpl $0x7000, %ecx
  jbe 1f
  movl $0x7000, %ecx
1:
  movl %ebx, %esi
  movl $0x1000, %edi
  movl %edi, %ebx
  rep movsb
  // GRUB unpacks itself at 1 MiB at each boot, to some 380 KiB further: so the log ring, which has to
  // outlast that, lies above. What is between it and the image stays unused.
  movl $0x180000, %eax
  cmpl %eax, boot_log
  jae boot_entry
  movl %eax, boot_log
  jmp boot_entry
  .cfi_endproc
  .size boot_multiboot2_entry, . - boot_multiboot2_entry

  .globl boot_entry
  .type boot_entry, @function
boot_entry:
  .cfi_startproc
  .cfi_undefined 16                      // rip; code32 refuses the name
  cli
  cld
  movl $__stack_top, %esp
  movl %ebx, %ebp                         // start info; nothing below touches it
  rdtsc
  movl %eax, boot_timestamp
  movl %edx, boot_timestamp + 4

  movl $boot_page_directory_pointers + PAGE_PRESENT + PAGE_WRITABLE, boot_page_map
  movl $boot_page_directory + PAGE_PRESENT + PAGE_WRITABLE, boot_page_directory_pointers
  movl $boot_device_directory + PAGE_PRESENT + PAGE_WRITABLE, boot_page_directory_pointers + 24

  // Image: as many page tables as it needs, everything writable and not executable at first.
  movl $__boot_page_tables, %eax
  orl $PAGE_PRESENT + PAGE_WRITABLE, %eax
  movl $boot_page_directory, %edi
1:
  movl %eax, (%edi)
  addl $8, %edi
  addl $4096, %eax
  cmpl $__boot_page_tables_end, %eax
  jb 1b
  xorl %ebx, %ebx
  movl $__boot_page_tables_end, %ecx
  subl $__boot_page_tables, %ecx
  shll $9, %ecx                           // bytes of tables to bytes mapped
  movl $PAGE_PRESENT + PAGE_WRITABLE, %eax
  movl $PAGE_NEVER_EXECUTE, %edx
  call boot_map
  // Then what differs.
  movl $__image_start, %ebx
  movl $__text_start, %ecx
  movl $PAGE_PRESENT, %eax
  call boot_map
  movl $__text_start, %ebx
  movl $__text_end, %ecx
  xorl %edx, %edx
  call boot_map
  movl $PAGE_GUARD, %eax                  // guards: not present
  movl $__stack_guard, %ebx
  leal 4096(%ebx), %ecx
  call boot_map
  movl $__fault_stacks_bottom, %esi
2:
  movl %esi, %ebx
  leal 4096(%ebx), %ecx
  call boot_map
  addl $12 * 1024, %esi
  cmpl $__fault_stacks_top, %esi
  jb 2b

  // 0xfe000000 to 4 GiB: virtio-mmio, I/O and local interrupt controllers.
  movl $boot_device_directory + 496 * 8, %edi
  movl $0xfe000000 + PAGE_PRESENT + PAGE_WRITABLE + PAGE_LARGE + PAGE_UNCACHED, %eax
3:
  movl %eax, (%edi)
  movl $PAGE_NEVER_EXECUTE, 4(%edi)
  addl $8, %edi
  addl $0x200000, %eax
  jnc 3b

  movl $0x6a0, %eax                       // CR4: PAE, PGE (0x80), OSFXSR, OSXMMEXCPT
  movl %eax, %cr4
  movl $boot_page_map, %eax
  movl %eax, %cr3
  movl $0xc0000080, %ecx                  // EFER: long mode, no-execute
  rdmsr
  orl $0x900, %eax
  wrmsr
  movl $0x80010023, %eax                  // CR0: PG, WP, NE, MP, PE
  movl %eax, %cr0
  lgdt boot_descriptor_pointer
  ljmp $8, $boot_long_mode

// Gives the pages from EBX up to ECX the entry bits EAX (low) and EDX (high). Keeps EAX, EDX.
boot_map:
  movl %ebx, %edi
  shrl $9, %edi
  addl $__boot_page_tables, %edi
1:
  cmpl %ecx, %ebx
  jae 2f
  movl %eax, (%edi)
  movl $0, 4(%edi)
  testl $PAGE_PRESENT, %eax
  jz 3f
  orl %ebx, (%edi)
  movl %edx, 4(%edi)
3:
  addl $8, %edi
  addl $4096, %ebx
  jmp 1b
2:
  ret
  .cfi_endproc
  .size boot_entry, . - boot_entry

  .code64
  .globl boot_long_mode
  .type boot_long_mode, @function
boot_long_mode:
  .cfi_startproc
  .cfi_undefined rip                      // the outermost frame: unwinding ends here
  movl $16, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  xorl %eax, %eax
  movl %eax, %fs
  movl %eax, %gs
  // Compiled code keeps a canary between a function's locals and its return address, and finds
  // the right value at FS:0x28 (System V ABI of x86-64, as Linux uses it). A value for each boot;
  // the low byte is 0, so that no overrun by a string can write it.
  rdtsc
  shlq $32, %rdx
  orq %rax, %rdx
  movabsq $0x9e3779b97f4a7c15, %rsi
  imulq %rdx, %rsi
  movl $1, %eax
  cpuid
  btl $30, %ecx                           // RDRAND
  jnc 1f
  rdrand %rax
  xorq %rax, %rsi
1:
  movb $0, %sil
  movq %rsi, boot_canary
  // What the processor has to keep the kernel from pages that are not its own, and others from its
  // tables' addresses. Nobody else runs here: it is against page tables gone wrong.
  xorl %eax, %eax
  cpuid
  cmpl $7, %eax
  jb 2f
  movl $7, %eax
  xorl %ecx, %ecx
  cpuid
  movl %ebx, %eax
  andl $0x80, %eax                        // SMEP, bit 20 of CR4
  shll $13, %eax
  andl $0x100000, %ebx                    // SMAP, bit 21
  leal (%eax, %ebx, 2), %eax
  andl $4, %ecx                           // UMIP, bit 11
  shll $9, %ecx
  orl %ecx, %eax
  movq %cr4, %rbx
  orq %rbx, %rax
  movq %rax, %cr4
2:
  movl $0xc0000100, %ecx                  // FS base
  movl $boot_canary - 0x28, %eax
  xorl %edx, %edx
  wrmsr
  movl $__stack_top, %esp
  movl %ebp, %edi
  xorl %ebp, %ebp                         // and so does a walk along frame pointers
  call x86_start
  ud2
  .cfi_endproc
  .size boot_long_mode, . - boot_long_mode

  .section .rodata.boot, "a", @progbits
  .balign 8
boot_descriptor_pointer:
  .word 5 * 8 - 1
  .quad boot_descriptors

  .section .data.boot, "aw", @progbits
  .balign 8
  .globl boot_log
boot_log: .quad __log_start
  .globl boot_descriptors
  .type boot_descriptors, @object
boot_descriptors:
  .quad 0
  .quad 0x00209b0000000000                // 0x08: code, 64-bit, accessed
  .quad 0x0000930000000000                // 0x10: data, writable, accessed
  .quad 0, 0                              // 0x18: task state, filled by Descriptors.swift
  .size boot_descriptors, . - boot_descriptors

  .section .bss.boot, "aw", @nobits
  .balign 16
  .globl boot_gates, boot_task_state, boot_timestamp
boot_gates: .skip 4096                    // the interrupt descriptor table
  .skip 4                                 // aligns the stack pointers of the task state
boot_task_state: .skip 104
  .balign 8
boot_timestamp: .skip 8
boot_canary: .skip 8

#endif
  .section .note.GNU-stack, "", @progbits
