namespace Supervisor.Configuration;

/// <summary>A service is checked by URL or by port, not by both. A path alone is only a default for ports.</summary>
internal static class HealthRule
{
    /// <summary>Reports keys that contradict each other. What is inherited was reported where it stands.</summary>
    public static void CheckConflicts(ServiceDraft draft)
    {
        var given = draft.Given;
        if (given.Find("health_url") is { } url)
        {
            if (draft.HealthPort is not null || given.Find("health_path") is not null)
                url.Fail("excludes health_port and health_path; keep either the URL, or the port and its path");
        }
        else if (draft.Config.HealthUrl is not null)
        {
            var other = given.Find("health_port") ?? given.Find("health_path");
            other?.Fail("contradicts the health_url in defaults; give this service a health_url of its own, or move that one");
        }
    }

    /// <summary>Reports a service's own path for a port that it has not.</summary>
    public static void CheckPathHasPort(ServiceDraft draft)
    {
        var isUnchecked = draft.HealthPort is null && draft.Config.HealthUrl is null;
        if (isUnchecked && draft.Given.AreSound("health_port", "health_url"))
            draft.Given.Find("health_path")?.Fail("needs a health_port beside it");
    }
}
