package discord_test

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"
)

// deaf answers nobody, and notes when the first response came, which takes as
// long as one over a network.
type deaf struct {
	acked time.Time
	takes time.Duration
}

func (d *deaf) Ack(context.Context, *discordgo.InteractionResponse) error {
	d.acked = time.Now()
	time.Sleep(d.takes)
	return nil
}

func (d *deaf) Edit(context.Context, *discordgo.WebhookEdit) error { return nil }
func (d *deaf) Followup(context.Context, *discordgo.WebhookParams) (string, error) {
	return "", nil
}

func quietHarness(b *testing.B) *harness {
	b.Helper()
	return newHarnessAt(b, time.Now, func(h *harness) { h.c.Log = zerolog.Nop() })
}

// BenchmarkInteractions handles commands, pages and letters that are typed,
// and reports what the heap is after them in relation to what it was after
// the first thousand.
func BenchmarkInteractions(b *testing.B) {
	h := quietHarness(b)
	one := func(n int) {
		user := who(strconv.Itoa(n), "somebody", requesterRole)
		switch n % 3 {
		case 0:
			h.bot.Handle(b.Context(), h.interaction(user, discordgo.InteractionApplicationCommand, command("line find", given("limit", float64(60)))), &deaf{})
		case 1:
			h.bot.Handle(b.Context(), h.interaction(user, discordgo.InteractionApplicationCommandAutocomplete, command("line drop", focused("numbers", strconv.Itoa(n)))), &deaf{})
		case 2:
			h.bot.Handle(b.Context(), h.pressing(user, `v1:page:={"t":"line_find","a":{},"p":[{},{"f":2}]}`, true), &deaf{})
		}
	}
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for n := range 1000 {
		one(n)
	}
	before := heap()
	for n := 1000; b.Loop(); n++ {
		one(n)
	}
	b.ReportMetric(heap()/before, "heap-ratio")
}

// BenchmarkAcknowledge reports how long the first response takes with two
// hundred interactions in flight.
func BenchmarkAcknowledge(b *testing.B) {
	const inFlight = 200
	h := quietHarness(b)
	var all []time.Duration
	for b.Loop() {
		took := make([]time.Duration, inFlight)
		var wg sync.WaitGroup
		for n := range inFlight {
			wg.Go(func() {
				begun, d := time.Now(), &deaf{takes: 5 * time.Millisecond}
				h.bot.Handle(b.Context(), h.interaction(eve(), discordgo.InteractionApplicationCommand, command("line find", given("limit", float64(100)))), d)
				took[n] = d.acked.Sub(begun)
			})
		}
		wg.Wait()
		all = append(all, took...)
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
}
