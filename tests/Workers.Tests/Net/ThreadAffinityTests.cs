using System.ComponentModel;
using EventMeet.Sockets.Interop;

namespace EventMeet.Workers.Tests.Net;

public sealed class ThreadAffinityTests
{
    [Fact]
    public void A_pinned_thread_runs_on_one_CPU_and_the_others_where_they_did()
    {
        var allowed = ThreadAffinity.Allowed;
        Assert.Equal(Environment.ProcessorCount, allowed.Count);

        Assert.Equal([allowed[^1]], AllowedOnceDone(() => ThreadAffinity.Pin(allowed[^1])));

        Assert.Equal(allowed, ThreadAffinity.Allowed);
        Assert.Equal(allowed, AllowedOnceDone(() => { }));
    }

    [Fact]
    public void A_CPU_that_is_not_there_is_refused()
    {
        Assert.Throws<Win32Exception>(() => ThreadAffinity.Pin(8191));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreadAffinity.Pin(8192));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreadAffinity.Pin(-1));
    }

    private static IReadOnlyList<int> AllowedOnceDone(Action action)
    {
        IReadOnlyList<int> allowed = [];
        var thread = new Thread(() =>
        {
            action();
            allowed = ThreadAffinity.Allowed;
        });
        thread.Start();
        thread.Join();
        return allowed;
    }
}
