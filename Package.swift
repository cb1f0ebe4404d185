// swift-tools-version: 6.2
// Reads as the architecture: each group below is one of the folders of ARCHITECTURE.md, in the
// order in which modules may know each other. An import that is not declared here fails the
// build (`--explicit-target-dependency-import-check error`, see the Makefile).

import PackageDescription

/// Settings of every module of ours.
let common: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),  // SE-0335
  .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
  .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
  .treatAllWarnings(as: .error),
]

/// Settings of modules that touch neither hardware nor a C library: no unsafe construct compiles.
let pure = common + [.strictMemorySafety()]

/// For classes on a hot path: what checks exclusive access at run time is in debug builds only,
/// where the tests run. It is a sixth of the instructions of a round trip.
let unguarded: [SwiftSetting] = [
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// For modules whose code runs seldom or waits for devices, or is no slower so (the heap): what
/// counts there is its size.
let compact: [SwiftSetting] = [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// For protocols of which a kernel contains the agent's half: for size where they become a kernel
/// (Kernel/Boot/build.sh says so), for speed in the tool.
let shared: [SwiftSetting] = pure + (Context.environment["PORTHOLE_KERNEL"] == nil ? [] : compact)

// MARK: Protocols: wire formats and protocol state machines, shared by kernel and tool.

let protocols: [Target] = [
  .target(name: "Bytes", path: "Protocols/Bytes", swiftSettings: pure),
  .target(
    name: "GDBRemote", dependencies: ["Bytes"], path: "Protocols/GDBRemote",
    exclude: ["SPEC.md"], swiftSettings: shared),
  .target(
    name: "Telemetry", path: "Protocols/Telemetry", exclude: ["SPEC.md"], swiftSettings: shared),
  .target(name: "Internet", path: "Protocols/Internet", swiftSettings: pure),
]

// MARK: Kernel: the library operating system. The same sources build bare-metal and hosted.

let kernel: [Target] = [
  .target(
    name: "CX86", path: "Kernel/CX86", publicHeadersPath: "include",
    cSettings: [.unsafeFlags(["-Os"], .when(configuration: .release))]),
  .systemLibrary(name: "CCounter", path: "Kernel/CCounter"),
  .target(
    name: "Machine", dependencies: ["CCounter"], path: "Kernel/Machine", swiftSettings: common),
  .target(name: "Random", path: "Kernel/Random", swiftSettings: common),
  .target(
    name: "Publishing", dependencies: ["Telemetry"], path: "Kernel/Publishing",
    swiftSettings: common + compact),
  .target(
    name: "Log", dependencies: ["Publishing", "Telemetry"], path: "Kernel/Log",
    swiftSettings: common + compact),
  .target(
    name: "Memory", dependencies: ["Machine", "Publishing", "Telemetry"], path: "Kernel/Memory",
    swiftSettings: common + compact),
  .target(
    name: "Execution", dependencies: ["Machine", "Publishing", "Telemetry"],
    path: "Kernel/Execution",
    swiftSettings: common),
  .target(
    name: "CFibers", path: "Kernel/CFibers", publicHeadersPath: "include"),
  .target(
    name: "Blocking", dependencies: ["CFibers", "Execution", "Machine"], path: "Kernel/Blocking",
    swiftSettings: common),
  .systemLibrary(name: "CAsync", path: "Kernel/CAsync"),
  .target(
    name: "Async",
    dependencies: ["Blocking", "CAsync", "Execution", "Machine", "Publishing", "Telemetry"],
    path: "Kernel/Async", swiftSettings: common),
  .target(
    name: "Devices", dependencies: ["Machine", "Publishing", "Telemetry"], path: "Kernel/Devices",
    swiftSettings: common + compact),
  .target(
    name: "Virtio", dependencies: ["Log", "Machine", "Execution", "Devices"], path: "Kernel/Virtio",
    swiftSettings: common),
  .target(
    name: "Network",
    dependencies: ["Devices", "Execution", "Internet", "Machine", "Publishing", "Telemetry"],
    path: "Kernel/Network", swiftSettings: common),
  .target(
    name: "X86",
    dependencies: [
      "CX86", "Log", "Machine", "Memory", "Execution", "Devices", "Publishing", "Telemetry",
      "Random", "Virtio",
    ],
    path: "Kernel/X86", swiftSettings: common + compact),
  .target(
    name: "Profiler", dependencies: ["Machine"], path: "Kernel/Profiler", exclude: ["SPEC.md"],
    swiftSettings: common),
  .target(
    name: "Agent",
    dependencies: [
      "Bytes", "CFibers", "CX86", "Devices", "Execution", "GDBRemote", "Log", "Machine", "Profiler",
      "Publishing", "Telemetry", "X86",
    ],
    path: "Kernel/Agent", swiftSettings: common + compact),
  .target(
    name: "CHosted", path: "Kernel/CHosted", publicHeadersPath: "include"),
  .target(
    name: "Hosted", dependencies: ["CHosted", "Devices", "Execution", "Log", "Machine"],
    path: "Kernel/Hosted", exclude: ["SANDBOX.md"],
    swiftSettings: common),
  .target(
    name: "Kernel",
    dependencies: [
      "Agent", "Log", "Machine", "Memory", "Blocking", "Execution", "Async", "Devices", "Internet",
      "Network", "Random",
      "Publishing", "Telemetry", "Virtio",
      "X86",
      "Hosted",
    ],
    path: "Kernel/Kernel", swiftSettings: common + compact),
]

// MARK: Samples: applications, and the only users of the Kernel facade.

let samples: [Target] = [
  "Blocks", "Echo", "Fetch", "Fibers", "Hello", "HelloAsync", "Heartbeat", "Pipeline", "Timers",
].map { name in
  .executableTarget(
    name: name, dependencies: ["Kernel"], path: "Samples/\(name)", swiftSettings: common)
}

// MARK: Guests: applications that the boot tests break. Not samples: nothing to learn from them.

let guests: [Target] = [
  .executableTarget(
    name: "AsyncChecks", dependencies: ["Kernel"], path: "Tests/Guests/AsyncChecks",
    swiftSettings: common),
  .executableTarget(
    name: "DeviceChecks", dependencies: ["Kernel", "Virtio", "X86"],
    path: "Tests/Guests/DeviceChecks",
    swiftSettings: common),
  .executableTarget(
    name: "Facts", dependencies: ["CProbe", "Kernel"], path: "Tests/Guests/Facts",
    swiftSettings: common),
  .executableTarget(
    name: "Flood", dependencies: ["Kernel"], path: "Tests/Guests/Flood", swiftSettings: common),
  .executableTarget(
    name: "FiberChecks", dependencies: ["CFaults", "Kernel"], path: "Tests/Guests/FiberChecks",
    swiftSettings: common),
  .systemLibrary(name: "CProbe", path: "Tests/Guests/CProbe"),
  .executableTarget(
    name: "SandboxProbe", dependencies: ["CProbe", "Kernel"], path: "Tests/Guests/SandboxProbe",
    swiftSettings: common),
  .executableTarget(
    name: "HostedChecks", dependencies: ["CProbe", "Execution", "Hosted", "Machine"],
    path: "Tests/Guests/HostedChecks", swiftSettings: common),
  .systemLibrary(name: "CFaults", path: "Tests/Guests/CFaults"),
  .executableTarget(
    name: "Faults", dependencies: ["CFaults", "Kernel"], path: "Tests/Guests/Faults",
    swiftSettings: common),
  .executableTarget(
    name: "MemoryFaults", dependencies: ["CFaults", "Kernel"], path: "Tests/Guests/MemoryFaults",
    swiftSettings: common),
  .executableTarget(
    name: "Ticks", dependencies: ["Kernel"], path: "Tests/Guests/Ticks", swiftSettings: common),
  .executableTarget(
    name: "Profiles", dependencies: ["Agent", "CFaults", "Kernel", "Profiler"],
    path: "Tests/Guests/Profiles", swiftSettings: common),
  .executableTarget(
    name: "RandomChecks", dependencies: ["Kernel"], path: "Tests/Guests/RandomChecks",
    swiftSettings: common),
  .target(
    name: "CSubject", path: "Tests/Guests/CSubject", publicHeadersPath: "include"),
  .executableTarget(
    name: "Subject", dependencies: ["CSubject", "Kernel"], path: "Tests/Guests/Subject",
    swiftSettings: common),
  .executableTarget(
    name: "Threads", dependencies: ["Kernel"], path: "Tests/Guests/Threads", swiftSettings: common),
  .executableTarget(
    name: "Ailing", dependencies: ["Kernel"], path: "Tests/Guests/Ailing", swiftSettings: common),
  .executableTarget(
    name: "Told", dependencies: ["Kernel"], path: "Tests/Guests/Told", swiftSettings: common),
  .executableTarget(
    name: "Timing", dependencies: ["Kernel"], path: "Tests/Guests/Timing", swiftSettings: common),
  .executableTarget(
    name: "Streams", dependencies: ["Kernel"], path: "Tests/Guests/Streams", swiftSettings: common),
  .executableTarget(
    name: "Costs", dependencies: ["Kernel"], path: "Tests/Guests/Costs", swiftSettings: common),
]

// MARK: Sources: the tool `porthole`. It never imports Kernel.

let sources: [Target] = [
  .systemLibrary(name: "CCapstone", path: "Sources/CCapstone"),
  .systemLibrary(name: "CLibedit", path: "Sources/CLibedit"),
  .systemLibrary(name: "CLinux", path: "Sources/CLinux"),
  .target(name: "JSON", path: "Sources/JSON", swiftSettings: pure),
  .target(name: "TerminalText", path: "Sources/TerminalText", swiftSettings: pure),
  .target(name: "Inspect", dependencies: ["Bytes"], path: "Sources/Inspect", swiftSettings: pure),
  .target(
    name: "Symbols", dependencies: ["Bytes"], path: "Sources/Symbols", swiftSettings: common,
    linkerSettings: [.linkedLibrary("stdc++")]),  // its demangler of C++ names
  .target(
    name: "Disassembly", dependencies: ["Bytes", "CCapstone"], path: "Sources/Disassembly",
    swiftSettings: common),
  .target(
    name: "Expressions", dependencies: ["Bytes", "GDBRemote"], path: "Sources/Expressions",
    swiftSettings: pure),
  .target(
    name: "RemoteTarget", dependencies: ["Bytes", "GDBRemote", "Inspect", "Telemetry"],
    path: "Sources/RemoteTarget", swiftSettings: common + unguarded),
  .target(
    name: "Cores", dependencies: ["Bytes", "Inspect", "JSON"], path: "Sources/Cores",
    swiftSettings: pure),
  .target(
    name: "Readings", dependencies: ["Bytes", "Cores", "Inspect", "Telemetry"],
    path: "Sources/Readings", swiftSettings: common),
  .target(
    name: "Recordings", dependencies: ["Cores", "JSON", "Readings", "Telemetry"],
    path: "Sources/Recordings", exclude: ["SPEC.md"], swiftSettings: pure),
  .target(
    name: "Profiling", dependencies: ["Bytes", "Readings", "Symbols"], path: "Sources/Profiling",
    swiftSettings: pure),
  .target(
    name: "Live", dependencies: ["Profiling", "Readings", "Recordings", "Telemetry"],
    path: "Sources/Live",
    swiftSettings: pure),
  .target(
    name: "Session",
    dependencies: ["Bytes", "Inspect", "Live", "Symbols", "Disassembly", "Expressions"],
    path: "Sources/Session", swiftSettings: common),
  .target(
    name: "Exchange",
    dependencies: ["JSON", "Profiling", "Readings", "Telemetry", "TerminalText"],
    path: "Sources/Exchange", swiftSettings: pure),
  .target(
    name: "Conditions", dependencies: ["Readings", "Telemetry"], path: "Sources/Conditions",
    swiftSettings: pure),
  .target(
    name: "Commands",
    dependencies: [
      "Bytes", "Inspect", "JSON", "Session", "Symbols", "Disassembly", "Expressions",
      "TerminalText",
    ],
    path: "Sources/Commands", swiftSettings: common),
  .target(
    name: "TerminalKeeper", dependencies: ["CLinux"], path: "Sources/TerminalKeeper",
    swiftSettings: common),
  .target(
    name: "LineEditor", dependencies: ["CLibedit", "TerminalKeeper"], path: "Sources/LineEditor",
    swiftSettings: common),
  .target(
    name: "Launcher", dependencies: ["Bytes", "CLinux", "JSON", "TerminalText"],
    path: "Sources/Launcher", swiftSettings: common),
  .executableTarget(
    name: "porthole-guardian", dependencies: ["RemoteTarget"], path: "Sources/guardian",
    swiftSettings: common),
  .executableTarget(
    name: "porthole",
    dependencies: [
      "Bytes", "Conditions", "Cores", "Exchange", "Inspect", "JSON", "Live", "Profiling",
      "Symbols", "Readings",
      "Recordings", "RemoteTarget",
      "Session",
      "Commands", "LineEditor", "Launcher", "Canvas", "Views", "Telemetry", "Terminal",
      "TerminalText",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ], path: "Sources/porthole", swiftSettings: common),
]

// MARK: Screens: functions from session state to a canvas of cells; curses at the edge.

let screens: [Target] = [
  .systemLibrary(name: "CNcurses", path: "Screens/CNcurses"),
  .target(
    name: "Canvas", dependencies: ["TerminalText"], path: "Screens/Canvas", swiftSettings: pure),
  .target(
    name: "Views",
    dependencies: [
      "Bytes", "Inspect", "Live", "Profiling", "Readings", "Session", "Telemetry", "Canvas",
      "TerminalText",
    ],
    path: "Screens/Views", swiftSettings: common),
  .target(
    name: "Terminal", dependencies: ["Canvas", "TerminalText", "TerminalKeeper", "CNcurses"],
    path: "Screens/Terminal", swiftSettings: common),
]

// MARK: Tests: one suite a module, then those that need a machine.

func suite(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)",
    exclude: [], swiftSettings: common)
}

let tests: [Target] = [
  .target(
    name: "TestSupport", dependencies: ["Launcher", "Telemetry"], path: "Tests/TestSupport",
    swiftSettings: common),
  suite("BytesTests", "Bytes"),
  .testTarget(
    name: "TelemetryTests", dependencies: ["Telemetry", "TestSupport"],
    path: "Tests/TelemetryTests",
    exclude: ["reader.py"], swiftSettings: common),
  .testTarget(
    name: "InternetTests", dependencies: ["Internet"], path: "Tests/InternetTests",
    exclude: ["Golden"], swiftSettings: common),
  suite("GDBRemoteTests", "Bytes", "GDBRemote", "TestSupport"),
  suite(
    "KernelTests", "Log", "Machine", "Memory", "Blocking", "Execution", "Devices", "Hosted",
    "Profiler", "Publishing", "Random", "Telemetry", "Virtio", "X86"),
  suite("SymbolsTests", "Bytes", "Symbols"),
  suite("DisassemblyTests", "Bytes", "Disassembly"),
  suite("CoresTests", "Bytes", "Cores", "Inspect"),
  suite("ReadingsTests", "Cores", "Readings", "Telemetry", "TestSupport"),
  suite("RecordingsTests", "Cores", "Readings", "Recordings", "Telemetry", "TestSupport"),
  suite("ConditionsTests", "Conditions", "Readings", "Telemetry", "TestSupport"),
  .testTarget(
    name: "ExchangeTests",
    dependencies: ["Exchange", "JSON", "Profiling", "Readings", "Telemetry", "TestSupport"],
    path: "Tests/ExchangeTests", exclude: ["readers.py", "scrape.py", "profile.proto"],
    swiftSettings: common),
  suite("ProfilingTests", "Profiling", "Readings", "Symbols"),
  suite("LiveTests", "Cores", "Live", "Readings", "Recordings", "Telemetry", "TestSupport"),
  suite("RemoteTargetTests", "Bytes", "GDBRemote", "Inspect", "RemoteTarget"),
  suite(
    "SessionTests", "Bytes", "Inspect", "Symbols", "Disassembly", "Expressions", "RemoteTarget",
    "Session"),
  .testTarget(
    name: "CommandsTests",
    dependencies: [
      "Bytes", "Inspect", "JSON", "Symbols", "Session", "Expressions", "TerminalText", "Commands",
    ], path: "Tests/CommandsTests", exclude: ["Golden"], swiftSettings: common),
  suite("ExpressionsTests", "Bytes", "Expressions", "GDBRemote"),
  suite("TerminalTextTests", "TerminalText"),
  suite("LineEditorTests", "LineEditor"),
  suite("LauncherTests", "Bytes", "JSON", "Launcher"),
  suite("CanvasTests", "TerminalText", "Canvas"),
  suite("TerminalTests", "Canvas", "CNcurses", "Terminal"),
  .testTarget(
    name: "ViewsTests",
    dependencies: [
      "Bytes", "CLinux", "Inspect", "Live", "Profiling", "Readings", "Session", "Telemetry",
      "Canvas",
      "Views",
    ],
    path: "Tests/ViewsTests", exclude: ["Golden"], swiftSettings: common),
  suite("TidyTests"),
  .testTarget(
    name: "BootTests", dependencies: ["Bytes", "JSON", "Launcher", "Symbols", "TestSupport"],
    path: "Tests/BootTests", exclude: ["nonstop.py", "nonstop_prompt.py", "recording.py"],
    swiftSettings: common),
  suite("ImageTests"),
  .testTarget(
    name: "JourneyTests", dependencies: ["JSON", "Launcher", "Symbols", "TestSupport"],
    path: "Tests/JourneyTests", exclude: ["suspend.py"], swiftSettings: common),
  .executableTarget(
    name: "porthole-bench",
    dependencies: ["Bytes", "Inspect", "RemoteTarget", "Session", "Symbols"],
    path: "Tests/Bench/Tool", swiftSettings: common),
]

let package = Package(
  name: "porthole",
  products: [
    // What an application depends on, here or in a package of its own (`porthole new`).
    .library(name: "Kernel", targets: ["Kernel"]),
    .executable(name: "porthole", targets: ["porthole"]),
    .executable(name: "porthole-guardian", targets: ["porthole-guardian"]),
    .executable(name: "Blocks", targets: ["Blocks"]),
    .executable(name: "Echo", targets: ["Echo"]),
    .executable(name: "Fetch", targets: ["Fetch"]),
    .executable(name: "Hello", targets: ["Hello"]),
    .executable(name: "HelloAsync", targets: ["HelloAsync"]),
    .executable(name: "Heartbeat", targets: ["Heartbeat"]),
    .executable(name: "Fibers", targets: ["Fibers"]),
    .executable(name: "Pipeline", targets: ["Pipeline"]),
    .executable(name: "Timers", targets: ["Timers"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: protocols + kernel + samples + guests + sources + screens + tests,
  swiftLanguageModes: [.v6]
)

// An application's package elsewhere needs the kernel and none of the tool's dependencies
// (Kernel/Boot/build.sh --package).
if Context.environment["PORTHOLE_KERNEL_ONLY"] != nil {
  package.products = package.products.filter { $0.name == "Kernel" }
  package.dependencies = []
  package.targets = protocols + kernel
}
