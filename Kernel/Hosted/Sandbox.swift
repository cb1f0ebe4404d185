// The way into the sandbox: whatever needs calls that it forbids is done before.

#if !BAREMETAL
internal import CHosted

enum Sandbox {
  /// From now on a system call that is not in SANDBOX.md kills the process.
  static func enter() {
    HostedStacks.prepare()
    chosted_prepare_wait()
    chosted_prepare_output()
    if chosted_enter_sandbox() != 0 {
      HostedMachine.panic("the host offers no sandbox (seccomp filters)")
    }
  }
}
#endif
