package store_test

import (
	"errors"
	"testing"
	"time"

	"didops/internal/order"
)

func TestPrompts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		now := morning()
		c := in(place(t))
		c.Now = func() time.Time { return now }
		s := with(t, c)
		first := order.Prompt{Hash: "h1", Order: "o-1", Principal: "os:alice", Call: "call", Expires: morning().Add(time.Minute)}
		write(t, s.Prompts(), func(tx order.PromptTx) error { return tx.IssuePrompt(first) })
		check := func(hash string, want order.Prompt) {
			t.Helper()
			read(t, s.Prompts(), func(tx order.PromptTx) error {
				got, err := tx.Prompt(hash)
				if errors.Is(err, order.ErrNone) != (want.Hash == "") {
					t.Errorf("invitation %s: got %v", hash, err)
				}
				equal(t, "invitation "+hash, got, want)
				return nil
			})
		}
		check("h1", first)
		check("h2", order.Prompt{})
		write(t, s.Prompts(), func(tx order.PromptTx) error { return tx.UsePrompt("h1") })
		first.Used = true
		check("h1", first)
		for hash, want := range map[string]error{"h1": nil, "h2": order.ErrNone} {
			err := s.Prompts().Write(t.Context(), func(tx order.PromptTx) error { return tx.UsePrompt(hash) })
			if !errors.Is(err, want) {
				t.Errorf("use %s: got %v, want %v", hash, err, want)
			}
		}
		if err := s.Prompts().Write(t.Context(), func(tx order.PromptTx) error { return tx.IssuePrompt(first) }); err == nil {
			t.Error("the same hash again: got no error, want one")
		}
		for _, step := range []struct {
			hash  string
			later time.Duration
			want  order.Prompt
		}{{"h3", 24 * time.Hour, first}, {"h4", 24*time.Hour + 2*time.Minute, order.Prompt{}}} {
			now = morning().Add(step.later)
			write(t, s.Prompts(), func(tx order.PromptTx) error {
				return tx.IssuePrompt(order.Prompt{Hash: step.hash, Expires: now.Add(time.Minute)})
			})
			check("h1", step.want)
		}
	})
}
