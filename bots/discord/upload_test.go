package discord_test

import (
	"fmt"
	"strings"
	"testing"

	"didops/internal/testing/fakediscord"
)

// TestFormTakesNoSecretDown holds that what a form would carry is looked at
// before: it is seen by Discord and kept until it is filled in.
func TestFormTakesNoSecretDown(t *testing.T) {
	t.Parallel()
	w := newWired(t)
	for _, reason := range []string{"see https://user:hunter2hunter2@intranet.example/", "Bearer abcdefghijklmnopqrstuvwxyz0123456789"} {
		if m := w.Slash(t, w.alice, "line buy", fakediscord.Options{"reason": reason}).Message(t); !strings.Contains(m.Text(), "password, key or token") {
			t.Errorf("%s: got %s, want it refused", reason, m.Text())
		}
	}
}

// TestListByForm leaves the numbers of a command out: they are asked for by a
// form, typed or as a file, with what the command was told besides.
func TestListByForm(t *testing.T) {
	t.Parallel()
	first, second, third := line(1).Number, line(2).Number, line(3).Number
	for name, tt := range map[string]struct {
		typed, file, reason string
		url                 string
		more                fakediscord.Options
		numbers             []string
		refused             string
	}{
		"a file":                {file: first + "\n" + second + "\n", numbers: []string{first, second}},
		"typed":                 {typed: first + "\n" + second, numbers: []string{first, second}},
		"both":                  {typed: first, file: second + "\n" + third, reason: "for the shop", numbers: []string{first, second, third}},
		"with options":          {file: first, more: fakediscord.Options{"reason": "for us"}, numbers: []string{first}},
		"neither":               {refused: "No numbers were given."},
		"an empty file":         {file: " ", refused: "No numbers were given."},
		"bad rows":              {file: first + "\nbad\n", refused: "is not used\nword 2: it is bad"},
		"too many":              {file: strings.Repeat(first+"\n", 6), refused: "has more than 5 words"},
		"a reader that panics":  {file: "panic", refused: "nternal error"},
		"a file from elsewhere": {file: first, url: "http://127.0.0.1:1/attachments/1/file", refused: "at no place of Discord's"},
		"a file that is gone":   {file: first, url: "gone", refused: "not there any more"},
		"a large file":          {file: strings.Repeat("x", 4<<20+1), refused: "more than 4 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWired(t)
			modal := w.Slash(t, w.alice, "line buy", tt.more).Modal(t)
			if want := 3 - len(tt.more); len(modal.Inputs) != want {
				t.Errorf("got %d inputs, want %d:\n%s", len(modal.Inputs), want, modal.Text)
			}
			values := map[string]string{"numbers": tt.typed}
			if tt.reason != "" {
				values["reason"] = tt.reason
			}
			if tt.file != "" {
				if tt.url == "gone" {
					tt.url = w.URL + "/attachments/0/file"
				}
				values["file"] = w.Attach("list*.csv", []byte(tt.file), tt.url)
			}
			w.stop() // any process takes what was filled in
			w.Disconnected(t)
			w.connect(t)
			answer := w.Submit(t, w.alice, modal, values).Message(t)
			if tt.refused != "" {
				if !answer.Ephemeral() || !strings.Contains(answer.Text(), tt.refused) || len(w.All()) != 0 {
					t.Errorf("got %s and %d orders, want %q and none", answer.Text(), len(w.All()), tt.refused)
				}
				return
			}
			card := w.card(t, "sb-0001")
			for _, n := range tt.numbers {
				if !strings.Contains(card.Text(), n) {
					t.Errorf("got %s, want %s", card.Text(), n)
				}
			}
			if got, want := len(w.All()[0].Lines), len(tt.numbers); got != want || !strings.Contains(answer.Text(), "sb-0001") {
				t.Errorf("got %d lines and %s, want %d and the order in private", got, answer.Text(), want)
			}
			if why := fmt.Sprint(tt.reason, tt.more["reason"]); !strings.Contains(why, w.All()[0].Reason) {
				t.Errorf("got the reason %q, want %q", w.All()[0].Reason, why)
			}
		})
	}
}

// TestListOfWhoMayNotAsk holds that the role is looked at before the form, and
// again when it is sent.
func TestListOfWhoMayNotAsk(t *testing.T) {
	t.Parallel()
	w := newWired(t)
	bob := w.bob
	if m := w.Slash(t, bob, "line buy", nil).Message(t); !strings.Contains(m.Text(), requesterRole) {
		t.Errorf("got %s, want the role that is needed", m.Text())
	}
	modal := w.Slash(t, w.alice, "line drop", nil).Modal(t)
	lost := w.alice
	lost.Roles = nil
	m := w.Submit(t, lost, modal, map[string]string{"numbers": line(7).Number}).Message(t)
	if !strings.Contains(m.Text(), requesterRole) || len(w.All()) != 0 {
		t.Errorf("got %s and %d orders, want the role that is needed", m.Text(), len(w.All()))
	}
}
