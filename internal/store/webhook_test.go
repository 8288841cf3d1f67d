package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/notify"
	"didops/internal/transaction"
)

// TestNumbersOfAnOrder holds that the numbers of an order are told as they were
// asked for.
func TestNumbersOfAnOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		insert(t, s, pending("o-1", 0, "12025550101", "12025550100"))
		read(t, s.Webhooks(), func(tx notify.Tx) error {
			got, err := tx.Numbers("o-1")
			if diff := cmp.Diff([]string{"12025550101", "12025550100"}, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if none, err := tx.Numbers("o-2"); len(none) > 0 || err != nil {
				t.Errorf("got %v, %v, want none", none, err)
			}
			return err
		})
	})
}

// delivery is one to the receiver "ops" that is due minutes after the morning.
func delivery(seq int64, subject string, due int) notify.Delivery {
	return notify.Delivery{
		Exchange: exchange, Receiver: "ops", Seq: seq, Subject: subject, Made: morning(), Due: morning().Add(time.Duration(due) * time.Minute),
	}
}

// TestWebhooks walks through all that is kept of receivers and of what they are
// told.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t)).Webhooks()
		ops := notify.Receiver{Exchange: exchange, Name: "ops", Settings: "1", Mark: 7, Seen: morning()}
		other := notify.Receiver{Exchange: "another", Name: "ops", Seen: morning()}
		write(t, s, func(tx notify.Tx) error {
			if _, err := tx.Receiver(exchange, "ops"); !errors.Is(err, transaction.ErrNone) {
				t.Errorf("got %v, want that there is none", err)
			}
			if err := errors.Join(tx.SaveReceiver(ops), tx.SaveReceiver(other)); err != nil {
				return err
			}
			ops.Told, ops.Failing, ops.Closed, ops.Note, ops.Mark = morning(), morning().Add(time.Second), morning().Add(time.Hour), "what", 8
			return tx.SaveReceiver(ops)
		})
		write(t, s, func(tx notify.Tx) error {
			for _, d := range []notify.Delivery{
				delivery(1, "a", 30), delivery(2, "a", 0), delivery(3, "b", 2), delivery(4, "c", 1), delivery(5, "d", 60*24), delivery(6, "e", 90),
			} {
				if err := tx.Add(d); err != nil {
					return err
				}
			}
			return tx.Add(delivery(3, "z", 5)) // is there already
		})
		due := func(minutes int) (list []string) {
			read(t, s, func(tx notify.Tx) error {
				now := morning().Add(time.Duration(minutes) * time.Minute)
				got, err := tx.Due(exchange, "ops", now, now.Add(20*time.Hour), 3)
				for _, d := range got {
					list = append(list, fmt.Sprint(d.Seq, d.Subject, d.Tries))
				}
				return err
			})
			return list
		}
		for minutes, want := range map[int][]string{
			0: {"5d0"}, 1: {"4c0", "5d0"}, 2: {"4c0", "3b0", "5d0"}, 45: {"4c0", "3b0", "1a0"}, 60 * 5: {"4c0", "3b0", "1a0"},
		} {
			if diff := cmp.Diff(want, due(minutes)); diff != "" {
				t.Errorf("due after %d minutes: -want +got\n%s", minutes, diff)
			}
		}
		write(t, s, func(tx notify.Tx) error {
			got, err := tx.Receivers(exchange)
			if diff := cmp.Diff([]notify.Receiver{ops}, got); diff != "" || err != nil {
				t.Errorf("got %v, -want +got\n%s", err, diff)
			}
			d := delivery(1, "a", 0)
			d.Tries, d.Ended, d.Done, d.Note = 1, morning(), true, ""
			for _, first := range []bool{true, false} { // what was noted counts
				if kept, err := tx.SaveDelivery(d, 0); kept != first || err != nil {
					t.Errorf("got %v, %v, want it kept: %v", kept, err, first)
				}
			}
			d = delivery(3, "b", 0)
			d.Tries, d.Ended, d.Note = 1, morning(), "no"
			kept, err := tx.SaveDelivery(d, 0)
			if !kept {
				t.Error("a failure was not kept")
			}
			return err
		})
		read(t, s, func(tx notify.Tx) error {
			next, err := tx.Next(exchange, "ops")
			if !next.Equal(morning()) || err != nil {
				t.Errorf("got next %v, %v, want now", next, err)
			}
			if next, err := tx.Next("another", "ops"); !next.IsZero() || err != nil {
				t.Errorf("got next %v, %v of another, want none", next, err)
			}
			counts, err := tx.Counts(exchange)
			if diff := cmp.Diff(map[string]notify.Count{"ops": {Waiting: 4, Oldest: morning(), Failed: 1}}, counts); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			return err
		})
		if diff := cmp.Diff([]string{"2a0", "5d0"}, due(0)); diff != "" {
			t.Errorf("the next of the subject: -want +got\n%s", diff)
		}
		write(t, s, func(tx notify.Tx) error { return tx.Hasten(exchange, "ops", morning()) })
		if diff := cmp.Diff([]string{"2a0", "4c0", "5d0"}, due(0)); diff != "" {
			t.Errorf("hastened: -want +got\n%s", diff)
		}
		write(t, s, func(tx notify.Tx) error { return tx.Forget(exchange, morning()) })
		if len(due(0)) != 3 {
			t.Error("what is not old was forgotten")
		}
		write(t, s, func(tx notify.Tx) error {
			return errors.Join(tx.Forget(exchange, morning().Add(time.Minute)), tx.Add(delivery(9, "a", 0)), tx.DropReceiver(exchange, "ops"))
		})
		read(t, s, func(tx notify.Tx) error {
			got, err := tx.Receivers(exchange)
			counts, err2 := tx.Counts(exchange)
			if len(got) > 0 || len(counts) > 0 {
				t.Errorf("got %v and %v, want nothing left", got, counts)
			}
			return errors.Join(err, err2)
		})
	})
}
