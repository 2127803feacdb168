using Supervisor.Simulation;

// dotnet run -c Release --project tests/Supervisor.Simulation [wild|crowd|disguised|calm] [first seed] [runs]
var profile = args.ElementAtOrDefault(0) ?? "wild";
var first = ulong.Parse(args.ElementAtOrDefault(1) ?? "1");
var runs = long.Parse(args.ElementAtOrDefault(2) ?? "0");
return Campaign.Run(profile, first, runs == 0 ? long.MaxValue : runs);
