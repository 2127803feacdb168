namespace Dispatch;

/// <summary>What each health request is told: so many good answers, then so many bad ones, then good for ever.</summary>
internal sealed class HealthAnswers
{
    /// <summary>As many as no test will wait for.</summary>
    public const int Endless = int.MaxValue;

    private int _good;
    private int _bad;

    /// <summary>Healthy, unless one of the two is given: then no good answers first, and no end of bad ones.</summary>
    public HealthAnswers(int? good, int? bad)
    {
        if (good is not null || bad is not null)
            Turn(good ?? 0, bad ?? Endless);
    }

    /// <summary>How often health was asked for since the start.</summary>
    public int Asked { get; private set; }

    /// <summary>Begins anew with so many good answers, then so many bad ones.</summary>
    public void Turn(int good, int bad) => (_good, _bad) = (good, bad);

    /// <returns>Whether the next answer is a good one.</returns>
    public bool Next()
    {
        Asked++;
        if (_good > 0)
        {
            _good--;
            return true;
        }

        if (_bad == 0)
            return true;

        _bad--;
        return false;
    }
}
