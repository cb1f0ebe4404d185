// `porthole run` of an application that is a Linux program: what is its own to decide (words, disks,
// the sandbox, its status) gets through, and what only QEMU can do is refused.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Running a process", .serialized, .timeLimit(.minutes(20)))
struct HostedRunTests {
  let bench = Workbench()

  @Test("a sample is built for the host and runs; the second time it is there already")
  func sample() throws {
    for isThere in [false, true] {
      let result = bench.porthole("run", "hello", "--arch", "host", milliseconds: 900_000)
      #expect(result.status == 0 && result.output == "Hello from a machine of its own.\n")
      #expect(!isThere || result.talk.isEmpty, "\(result.talk)")
    }
    #expect(bench.registry.instances().isEmpty)
    let built = bench.porthole("build", "Hello", "--arch", "host", "--json")
    #expect(built.output.contains("/.build-host/images/debug/Hello\""), "\(built.output)")
  }

  @Test("how the application ends is the tool's exit status")
  func ends() throws {
    let fibers = try #require(HostedImage.build("FiberChecks")).path
    let probe = try #require(HostedImage.build("SandboxProbe")).path
    let tool = "'\(Workbench.tool)' run"
    let panicked = bench.shell("printf p | \(tool) '\(fibers)'")
    #expect(panicked.status == 4 && panicked.talk.contains("*** panic: asked to, in a fiber\n"))
    #expect(panicked.talk.hasSuffix("porthole: the application panicked\n"))
    #expect(bench.shell("echo 110 | \(tool) '\(probe)'").status == 7)
    let killed = bench.shell("echo 110 | \(tool) '\(probe)' --sandbox")
    #expect(killed.status == 4 && killed.talk.contains("the sandbox forbids"), "\(killed.talk)")
  }

  @Test(
    "a signal for the tool ends the application in order; the tool's death ends it too",
    arguments: [SIGINT, SIGTERM, SIGHUP, SIGKILL])
  func signals(number: Int32) throws {
    let path = try #require(HostedImage.build("Heartbeat")).path
    let out = bench.folder + "/out"
    let tool = try #require(
      bench.start([Workbench.tool, "run", path], output: out, talk: bench.folder + "/err"))
    #expect(bench.waits { Files.text(out)?.contains("beat") == true })
    let children = bench.shell("cat /proc/\(tool.pid)/task/*/children").output
    let application = try #require(Int32(children.filter(\.isNumber)))
    #expect(kill(tool.pid, number) == 0)
    let end = tool.wait(milliseconds: 60_000)
    switch number {
    case SIGKILL: #expect(end == .killed(signal: SIGKILL))
    case SIGHUP: #expect(end == .exited(128 + SIGTERM))
    default: #expect(end == .exited(128 + number))
    }
    #expect(bench.waits { kill(application, 0) != 0 })
  }

  @Test("Ctrl-C at the terminal ends the application and then the tool")
  func interrupt() throws {
    let path = try #require(HostedImage.build("Heartbeat")).path
    let screen = bench.folder + "/screen"
    // script runs it in a terminal of its own, which makes a signal of the byte 3.
    let result = bench.shell(
      """
      { for try in $(seq 200); do grep -qs beat '\(screen)' && break; sleep 0.1; done
        printf '\\003'; sleep 1; } \
        | script -qefc "'\(Workbench.tool)' run '\(path)'" '\(screen)'
      """)
    #expect(result.status == 128 + SIGINT, "\(result.output)\(result.talk)")
    #expect(result.output.contains("beat"))
  }

  @Test("what only a guest in QEMU has is refused, and the other way round")
  func refusals() throws {
    let path = try #require(HostedImage.build("Hello")).path
    for words in [
      ["--detach"], ["--json"], ["--memory", "8"], ["--machine", "pc"], ["--name", "x"],
      ["--on-panic", "reboot"], ["--icount"], ["--net", "user"], ["--arch", "x86_64"],
    ] {
      let result = bench.run([Workbench.tool, "run", path] + words)
      #expect(result.status == 2 && result.output.isEmpty, "\(words): \(result.talk)")
    }
    let image = try #require(TestImage.build("Hello")).path
    #expect(bench.porthole("run", image, "--sandbox").status == 2)
    for arch in ["host", "aarch64"] {
      #expect(bench.porthole("run", image, "--arch", arch).status == 2)
    }
  }

  @Test("the application's words are its own, whatever they look like")
  func words() throws {
    let path = try #require(HostedImage.build("HostedChecks")).path
    let result = bench.porthole("run", path, "--on-panic", "exit", "--", "what", "--sandbox", "-x")
    #expect(result.output == "what --sandbox -x\n", "\(result.talk)")
  }
}
