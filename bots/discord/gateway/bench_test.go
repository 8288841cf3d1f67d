package gateway_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// finished tells by id which interactions the bot is done with.
type finished struct{ m sync.Map }

func (f *finished) of(id string) chan struct{} {
	c, _ := f.m.LoadOrStore(id, make(chan struct{}, 1))
	return c.(chan struct{})
}

// deferring answers as the bot does: a deferral, and after some work on the
// exchange's side the result.
func deferring(tb testing.TB, done *finished, work time.Duration) gateway.Handler {
	tb.Helper()
	return func(ctx context.Context, i *discordgo.Interaction, reply gateway.Reply) {
		defer func() { done.of(i.ID) <- struct{}{} }()
		if err := reply.Ack(ctx, deferred()); err != nil {
			tb.Errorf("answer: %v", err)
		}
		time.Sleep(work/2 + rand.N(work+1)) // people don't press in step
		if err := reply.Edit(ctx, edit("done")); err != nil {
			tb.Errorf("edit: %v", err)
		}
	}
}

// crowd has so many people use the bot at once, n times in all, and returns
// how long each first response took.
func crowd(tb testing.TB, w *harness, done *finished, people, n int) []time.Duration {
	tb.Helper()
	var mu sync.Mutex
	took := make([]time.Duration, 0, n)
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	for range people {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				i := w.f.Slash(tb, alice(), "did search", nil)
				r := i.Ack(tb)
				<-done.of(i.ID)
				done.m.Delete(i.ID)
				i.Forget()
				mu.Lock()
				took = append(took, r.After)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return took
}

func lean(tb testing.TB, work time.Duration) (*harness, *finished) {
	tb.Helper()
	done := &finished{}
	w := newHarness(tb, nil, fakediscord.Lean)
	run(tb, w.l, deferring(tb, done, work))
	w.f.Connected(tb, 1)
	return w, done
}

// heap is what is in use after everything that is not was given back.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// BenchmarkAck shows how long the first response takes with 200 interactions
// in flight, from Discord's sending to its receiving: with work of half a
// second behind each, with none at all, which is more than people can do, and
// when 200 people press at the same moment.
func BenchmarkAck(b *testing.B) {
	const people = 200
	for name, work := range map[string]time.Duration{"working": 500 * time.Millisecond, "saturated": 0} {
		b.Run(name, func(b *testing.B) {
			w, done := lean(b, work)
			crowd(b, w, done, people, people)
			b.ResetTimer()
			report(b, crowd(b, w, done, people, max(b.N, 10*people)))
		})
	}
	b.Run("burst", func(b *testing.B) {
		w, done := lean(b, 0)
		crowd(b, w, done, people, people)
		var took []time.Duration
		for b.Loop() {
			took = append(took, crowd(b, w, done, people, people)...)
		}
		report(b, took)
	})
}

func report(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	for _, share := range []float64{0.5, 0.99, 1} {
		at := took[int(share*float64(len(took)-1))]
		b.ReportMetric(float64(at)/float64(time.Millisecond), fmt.Sprintf("p%g-ms", 100*share))
	}
}

// BenchmarkMemory compares the heap after 100,000 interactions with the heap
// after the first 10,000. Run it with -benchtime 1x.
func BenchmarkMemory(b *testing.B) {
	w, done := lean(b, 0)
	for b.Loop() {
		crowd(b, w, done, 50, 10_000)
		first, before := heap(), runtime.NumGoroutine()
		crowd(b, w, done, 50, 90_000)
		last := heap()
		b.ReportMetric(first/(1<<20), "MiB-at-10k")
		b.ReportMetric(last/(1<<20), "MiB-at-100k")
		b.ReportMetric(last/first, "ratio")
		b.ReportMetric(float64(runtime.NumGoroutine())/float64(before), "goroutine-ratio")
	}
}

// TestMemoryIsFlat is not parallel: the heap is everyone's.
func TestMemoryIsFlat(t *testing.T) {
	w, done := lean(t, 0)
	crowd(t, w, done, 20, 500)
	first := heap()
	const n = 2000
	crowd(t, w, done, 20, n)
	// What discordgo keeps per interaction is 400 bytes at least.
	if grown := (heap() - first) / n; grown > 150 {
		t.Errorf("got %.0f bytes more for every interaction, want none", grown)
	}
}

// TestManyAtOnce asks for correctness only; BenchmarkAck has the times.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w, done := lean(t, 0)
	if got := len(crowd(t, w, done, 200, 600)); got != 600 {
		t.Errorf("got %d answers, want 600", got)
	}
}
