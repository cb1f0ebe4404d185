internal import Launcher

/// How far it is, on standard error where that is a terminal.
struct Progress {
  let whole: UInt64
  private var done: UInt64 = 0
  private var shown = -1

  init(whole: UInt64) { self.whole = max(whole, 1) }

  mutating func advanced(by bytes: UInt64) {
    done += bytes
    let share = Int(Double(done) / Double(whole) * 100)
    guard Talk.isTerminal, share > shown else { return }
    shown = share
    _ = Files.write(Array("\r\(share)% read".utf8), to: 2)
  }

  func finish() {
    if shown >= 0 { _ = Files.write(Array("\r          \r".utf8), to: 2) }
  }
}
