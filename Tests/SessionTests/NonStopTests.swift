// Threads that stop one by one, without a machine: what the session asks of its target, and whom it
// looks at.

import Bytes
import Inspect
import Session
import Testing

@Suite("Non-stop mode")
struct NonStopTests {
  /// A session on three threads, in non-stop mode, all of which run; with a breakpoint in `leaf`.
  private func running() throws -> (Session, ThreadedTarget) {
    let machine = Program.target()
    let target = ThreadedTarget(memory: machine.memory, threads: 3)
    let session = Session(target: target, symbols: Program.symbols())
    _ = try session.add(.location(.address(Address(0x1044))))
    try session.setNonStop(true)
    try session.start(.cont(ignore: 1), all: true)
    #expect(target.asked == [.nonStop(true), .resume(.cont, nil)])
    #expect(target.planted == [StopPoint(kind: .software, address: Address(0x1044))])
    return (session, target)
  }

  private func stop(_ session: Session) throws -> StopSummary? {
    guard case .stopped(let summary)? = try session.pump(milliseconds: 0) else { return nil }
    return summary
  }

  private func thread(_ number: UInt64) -> ThreadID { ThreadID(thread: number) }

  @Test("stops of single threads are told one after another, and each can be looked at")
  func queue() throws {
    let (session, target) = try running()
    target.meets(2, at: 0x1044)
    target.meets(3, at: 0x1044)
    let first = try #require(try stop(session))
    #expect(first.thread == thread(2) && session.selectedThread == thread(2))
    #expect(first.reason == .breakpoint(number: 1, isTemporary: false))
    #expect(first.frame?.function == "leaf" && session.wholeStop == nil)
    let second = try #require(try stop(session))
    #expect(second.thread == thread(3) && session.selectedThread == thread(3))
    #expect(try stop(session) == nil)
    #expect(session.breakpoints().map(\.hits) == [2])
    try session.select(thread: thread(2))
    #expect(try session.backtrace(limit: 1).first?.pc == Address(0x1044))
    // Thread 1 runs, and was not stopped for being asked about.
    #expect(throws: SessionError.self) { try session.select(thread: thread(1)) }
    #expect(target.asked.count == 2)
  }

  @Test("`continue` lets one thread go, past its breakpoint, which stays for the others")
  func one() throws {
    let (session, target) = try running()
    target.meets(2, at: 0x1044)
    target.meets(3, at: 0x1044)
    _ = try stop(session)
    _ = try stop(session)
    try session.select(thread: thread(2))
    let planted = target.planted
    try session.start(.cont(ignore: 1))
    #expect(target.asked.last == .resume(.cont, 2) && target.planted == planted)
    #expect(target.stance(of: thread(2)) == .runs && target.stance(of: thread(3)) == .alone)
    #expect(target.state == .running)
    // Another that meets what is no stop for anybody goes on, and who was looked at still is.
    try session.select(thread: thread(3))
    try session.setCondition(1, "$rdi == 5")
    target.meets(1, at: 0x1044)
    #expect(try stop(session) == nil)
    #expect(target.asked.last == .resume(.cont, 1) && session.selectedThread == thread(3))
    // And one that stops meanwhile is told.
    target.meets(2, at: 0x1060, signal: 11, .signal)
    let fault = try #require(try stop(session))
    #expect(fault.reason == .signal(11) && fault.thread == thread(2))
  }

  @Test("where nobody can be set aside everything stands, which is said, and goes on together")
  func whole() throws {
    let (session, target) = try running()
    target.meets(3, at: 0x1044)
    _ = try stop(session)
    target.halts(2, at: 0x1060, signal: 11, because: "no stack is left")
    let summary = try #require(try stop(session))
    #expect(summary.thread == thread(2) && summary.reason == .signal(11))
    #expect(session.wholeStop == "everything stands: no stack is left")
    // One that stood alone before cannot go on by itself now.
    try session.select(thread: thread(3))
    #expect(throws: SessionError.self) { try session.start(.cont(ignore: 1)) }
    #expect(target.asked.count == 2)
    try session.start(.cont(ignore: 1), all: true)
    #expect(target.asked.last == .resume(.cont, nil))
    #expect(target.state == .running && !target.standsWhole)
  }

  @Test("who stood with everything takes the others along")
  func together() throws {
    let (session, target) = try running()
    target.halts(2, at: 0x1060, signal: 11, because: "no stack is left")
    _ = try stop(session)
    try session.start(.cont(ignore: 1))
    #expect(target.asked.last == .resume(.cont, 2))
    #expect(!target.standsWhole && target.stance(of: thread(1)) == .runs)
  }

  @Test("all are interrupted, and with the mode's end nobody is singled out")
  func interrupted() throws {
    let (session, target) = try running()
    try session.interruptAll()
    #expect(target.asked.last == .interrupt(nil))
    #expect(try stop(session)?.reason == .interrupted)
    try session.setNonStop(false)
    #expect(target.asked.last == .nonStop(false) && session.selectedThread == nil)
    try session.start(.cont(ignore: 1))
    #expect(target.asked.last == .resume(.cont, nil))
  }
}
