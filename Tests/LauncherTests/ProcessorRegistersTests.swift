// `info registers -a` as QEMU 7.2 prints it for a microvm, cut short.

import Launcher
import Testing

@Suite("Processor registers")
struct ProcessorRegistersTests {
  private let text = """
    CPU#0\r
    RAX=0000000000000000 RBX=00000000000fffff RCX=0000000000000001 RDX=0000000000000002\r
    R8 =0000000000000008 R9 =0000000000000009 R10=000000000000000a R11=ffffffffffffffff\r
    RIP=0000000000101234 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1\r
    ES =0010 0000000000000000 ffffffff 00cf9300 DPL=0 DS   [-WA]\r
    FS =0000 0000000000155000 ffffffff 00cf9300 DPL=0 DS   [-WA]\r
    GDT=     0000000000150000 00000037\r
    CR0=80010011 CR2=0000000000000000 CR3=0000000000140000 CR4=00000620\r
    FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80\r
    FPR0=8000000000000000 3fff FPR1=0000000000000000 0000\r
    XMM00=0011223344556677 8899aabbccddeeff XMM01=00112233445566778899aabbccddee01\r
    CPU#1\r
    RAX=0000000000000007\r
    RIP=0000000000100000 RFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0\r
    """

  @Test("all processors' registers are read")
  func parsed() throws {
    let processors = ProcessorRegisters.parse(text)
    #expect(processors.count == 2)
    let first = try #require(processors.first)
    #expect(first.isHalted && !processors[1].isHalted)
    let expected: [String: UInt64] = [
      "rbx": 0xfffff, "r8": 8, "r10": 10, "r11": .max, "rip": 0x101234, "eflags": 0x246,
      "es": 0x10, "fs_base": 0x155000, "cr3": 0x140000, "mxcsr": 0x1f80,
    ]
    for (name, value) in expected { #expect(first.values[name] == value, "\(name)") }
    #expect(first.floats[0]?.exponent == 0x3fff)
    #expect(first.vectors[0]?.high == 0x0011_2233_4455_6677)
    #expect(first.vectors[0]?.low == 0x8899_aabb_ccdd_eeff)
    #expect(first.vectors[1]?.low == 0x8899_aabb_ccdd_ee01)
    #expect(processors[1].values["rax"] == 7)
  }

  @Test("text of another kind gives nothing, and damage does not trap")
  func hostile() {
    #expect(ProcessorRegisters.parse("PC=00000000 X00=12").isEmpty)
    let bytes = Array(text.utf8)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      var damaged = bytes
      for _ in 0..<8 {
        damaged[Int.random(in: 0..<bytes.count, using: &random)] =
          UInt8.random(in: 0...255, using: &random)
      }
      #expect(ProcessorRegisters.parse(String(decoding: damaged, as: UTF8.self)).count <= 4)
    }
  }
}
