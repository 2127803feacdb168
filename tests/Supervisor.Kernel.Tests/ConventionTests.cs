using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace Supervisor.Kernel.Tests;

/// <summary>What the kernel promises of its own shape.</summary>
public sealed class ConventionTests
{
    private static readonly Type[] Types = [.. typeof(ServiceMachine).Assembly.GetTypes().Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)))];

    [Fact]
    public void Every_type_is_immutable()
    {
        var settable = from type in Types
                       from property in type.GetProperties()
                       where property.SetMethod is { } setter && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
                       select $"{type.Name}.{property.Name}";
        var fields = from type in Types
                     where !type.IsEnum
                     from field in type.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                     where field is { IsInitOnly: false, IsLiteral: false } && !field.IsDefined(typeof(CompilerGeneratedAttribute))
                     select $"{type.Name}.{field.Name}";
        Assert.Empty(settable.Concat(fields));
    }

    [Fact]
    public void Every_class_is_sealed_abstract_or_static() =>
        Assert.DoesNotContain(Types, type => type is { IsClass: true, IsSealed: false, IsAbstract: false });

    [Fact]
    public void It_touches_neither_clock_nor_thread_nor_file()
    {
        string[] allowed = ["System.Runtime", "System.Collections", "System.Linq"];
        Assert.Equal(allowed, typeof(ServiceMachine).Assembly.GetReferencedAssemblies().Select(name => name.Name));
        var suspicious = from type in Types
                         from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                         from named in method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)
                         where named.FullName is { } name && (name.StartsWith("System.Threading", StringComparison.Ordinal) || name is "System.DateTime" or "System.TimeProvider")
                         select $"{type.Name}.{method.Name}";
        Assert.Empty(suspicious);
    }
}
