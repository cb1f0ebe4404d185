// The do-nothing guest: prints one character on COM1 and halts. What QEMU itself costs is what it
// costs to get here, so it is the floor that our own start is measured above (budget K4).
        .section .note.pvh, "a", @note
        .long 4, 4, 18                  // namesz, descsz, XEN_ELFNOTE_PHYS32_ENTRY
        .asciz "Xen"
        .long start

        .text
        .code32
        .globl start
start:  movw $0x3f8, %dx
        movb $'!', %al
        outb %al, %dx
1:      cli
        hlt
        jmp 1b
