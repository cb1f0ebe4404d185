// Whether a guest that QEMU calls running gets anywhere: decided from looks, then on real guests.

import Bytes
import Glibc
@testable import Launcher
import Testing

@Suite("Diagnosis", .timeLimit(.minutes(10)))
struct DiagnosisTests {
  /// QEMU 7.2's text, shortened.
  static let text = """
    CPU#0\r
    RAX=0000000000000000 RBX=00000000001098a0 RCX=0000000000000000\r
    RIP=00000000001016f2 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1\r
    CS =0008 0000000000000000 ffffffff 00af9b00 DPL=0 CS64 [-RA]\r
    CPU#1\r
    EAX=00000000 EBX=00000000\r
    EIP=0010003a EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0\r
    """

  @Test("QEMU's registers are read, 64 and 32 bits wide")
  func parsing() {
    let samples = ProcessorSample.parse(Self.text)
    #expect(
      samples == [
        ProcessorSample(address: Address(0x1016f2), takesInterrupts: true, isHalted: true),
        ProcessorSample(address: Address(0x10003a), takesInterrupts: false, isHalted: false),
      ])
  }

  @Test(
    "what is not of that kind gives no samples",
    arguments: [
      "", "HLT=1", "RIP=xyz RFL=2 HLT=0", " PC=0000000040080000 X00=0", "RIP=1 HLT=0", "= = =",
    ])
  func strange(text: String) { #expect(ProcessorSample.parse(text).isEmpty) }

  private func looks(_ samples: [(UInt64, Bool, Bool)], each milliseconds: Int) -> [Progress
    .Verdict]
  {
    var progress = Progress()
    return samples.enumerated().map { index, sample in
      progress.looked(
        [
          ProcessorSample(
            address: Address(sample.0), takesInterrupts: sample.1, isHalted: sample.2)
        ], processorMilliseconds: index * milliseconds)
    }
  }

  @Test("a short section with interrupts off is progress, and so is a guest that moves far")
  func working() {
    #expect(
      looks([(1, false, false), (1, false, false), (1, true, false)], each: 20)
        == [.undecided, .undecided, .advances])
    #expect(
      looks([(0x1000, false, false), (0x9000, false, false)], each: 20) == [.undecided, .advances])
    #expect(looks([(1, true, true)], each: 1) == [.advances])
  }

  @Test("only several looks over enough of the processor's own time make a hang")
  func spinning() {
    let loop = [(UInt64, Bool, Bool)](repeating: (0x1000, false, false), count: 40)
    #expect(looks(loop, each: 20).firstIndex(of: .spins) == Progress.looks - 1)
    // The host gave the guest no time: nothing is known.
    #expect(looks(loop, each: 0) == [Progress.Verdict](repeating: .undecided, count: 40))
    let halted = [(UInt64, Bool, Bool)](repeating: (0x1000, false, true), count: 3)
    #expect(looks(halted, each: 0).last == .halted)
  }

  @Test("a guest that loops with interrupts off is hung, with what was seen")
  func realSpin() throws {
    let bench = Bench()
    let booted = try bench.boot(.spin)
    #expect(bench.console(booted.instance, says: "hello\n"))
    usleep(20_000)
    // A busy host may give it little time.
    let found = booted.instance.diagnose(milliseconds: 10_000, patience: 10_000)
    #expect(found.status == .hung)
    let evidence = try #require(found.evidence)
    #expect(evidence.lowest == evidence.highest && evidence.lowest >= Address(0x100000))
    #expect(evidence.processorMilliseconds >= Progress.spinning)
    #expect(found.explanation.contains(evidence.lowest.hex))
  }

  @Test("one that waits with interrupts off is halted")
  func realHalt() throws {
    let bench = Bench()
    let booted = try bench.boot(.halt)
    #expect(bench.console(booted.instance, says: "hello"))
    usleep(20_000)
    let found = booted.instance.diagnose(milliseconds: 10_000)
    #expect(found.status == .halted && found.evidence != nil)
  }

  @Test("one that works with short sections with interrupts off is running, at every look")
  func realWork() throws {
    let bench = Bench()
    let booted = try bench.boot(.work)
    #expect(bench.console(booted.instance, says: "hello"))
    usleep(20_000)
    for _ in 0..<50 {
      #expect(booted.instance.diagnose(milliseconds: 10_000).status == .running)
    }
  }

  @Test("a stopped QEMU is hung without evidence")
  func realStop() throws {
    let bench = Bench()
    let booted = try bench.boot(.spin)
    #expect(booted.instance.process.send(SIGSTOP))
    #expect(booted.instance.diagnose(milliseconds: 200) == Diagnosis(status: .hung))
  }
}
