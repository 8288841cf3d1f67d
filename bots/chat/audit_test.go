package chat_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/watch"
)

// TestAuditLeavesHitsToTheirPlace holds that what watches found, which is told
// where they are told, is not told in the place of the trail as well, and that
// what comes before and after it is.
func TestAuditLeavesHitsToTheirPlace(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		for range 3 {
			h.Happened("watch added")
			for range 60 { // more than are read at once
				h.Happened(watch.HitEvent)
			}
			time.Sleep(time.Minute)
		}
		h.Happened("watch removed")
		time.Sleep(time.Minute)
		h.slate.mu.Lock()
		defer h.slate.mu.Unlock()
		var got []string
		for _, l := range h.slate.lines {
			if l.Event != nil {
				got = append(got, l.Event.Event)
			}
		}
		if diff := cmp.Diff([]string{"watch added", "watch added", "watch added", "watch removed"}, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}
