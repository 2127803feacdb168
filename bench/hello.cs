#:property OptimizationPreference=Size
#:property EventSourceSupport=false
#:property MetricsSupport=false
#:property StackTraceSupport=false
#:property PositionIndependentExecutable=false
#:property IlcDehydrate=false
#:property RestorePackagesWithLockFile=false

// The least that a native program in C# does, built with the settings of src/Supervisor/Supervisor.csproj: what `status` is a
// multiple of.
Console.WriteLine("hello");
