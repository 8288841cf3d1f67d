package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/store"
)

func minute(n int) time.Time { return morning().Add(time.Duration(n) * time.Minute) }

// TestInventory holds that what is kept of own numbers is read as it was kept.
func TestInventory(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s := at(t, path)
		head := inventory.Head{First: minute(0), At: minute(5), Clock: minute(4), Rev: 3, Seq: 2, Own: 9, Missed: 1}
		rows := []inventory.Row{
			{Number: "97150", Body: "a\tb\n", First: minute(1), Waiting: minute(2), Order: "o-1", Missed: minute(3)},
			{Number: "97151", Body: "", Gone: minute(4)},
		}
		changes := []inventory.Change{
			{Seq: 1, At: minute(1), Number: "97150", Kind: inventory.Came, Order: "o-1", MonthlyFee: money.MustParse("4.505")},
			{Seq: 2, At: minute(2), Number: "97151", Kind: inventory.Fee, Fields: []inventory.Field{{Name: "monthly_fee", To: "1.00"}, {Name: "price_1", From: "2.00"}}},
			{Seq: 3, At: minute(3), Number: "97150", Kind: inventory.Routing, Fields: []inventory.Field{{Name: "calls_to", From: "a", To: "b"}}},
		}
		kept := inventory.Kept{Labels: inventory.Labels{Owner: "Ä", CostCentre: "1", Tags: []string{"a", "b"}, Note: `"`}, At: minute(1)}
		use := inventory.Use{
			From: minute(0).Truncate(24 * time.Hour), To: minute(7), LastCall: minute(0).Truncate(24 * time.Hour), Calls: 3,
			Days: []inventory.Day{{Date: minute(0).Truncate(24 * time.Hour), Calls: 3}},
		}
		write(t, s.Inventory(), func(tx inventory.Tx) error {
			none, err := tx.Head(exchange)
			equal(t, "no head", none, inventory.Head{})
			no, err2 := tx.LabelsOf(exchange, "97150")
			equal(t, "no labels", no, inventory.Kept{})
			unused, err3 := tx.UseOf(exchange, "97150")
			if unused != nil {
				t.Errorf("got %+v, want no use", unused)
			}
			return errors.Join(err, err2, err3, tx.SaveHead(exchange, inventory.Head{Rev: 1}), tx.SaveHead(exchange, head),
				tx.SaveRow(exchange, &rows[1]), tx.SaveRow(exchange, &inventory.Row{Number: "97150"}), tx.SaveRow(exchange, &rows[0]),
				tx.AddChange(exchange, &changes[0]), tx.AddChange(exchange, &changes[1]), tx.AddChange(exchange, &changes[2]),
				tx.SaveLabels(exchange, map[string]inventory.Kept{"97150": {}}), tx.SaveLabels(exchange, map[string]inventory.Kept{"97150": kept}), tx.SaveLabels(exchange, nil),
				tx.SaveUse(exchange, "97150", &use, use.From, use.To), tx.SaveUse(exchange, "97150", &use, use.From, use.To))
		})
		if err := s.Inventory().Write(t.Context(), func(tx inventory.Tx) error { return tx.AddChange(exchange, &changes[0]) }); err == nil {
			t.Error("got no error of a change that is there")
		}
		full := everything{
			Head: head, Rows: rows, There: rows[:1], Changes: []inventory.Change{changes[2], changes[1], changes[0]},
			Fees: []inventory.Change{changes[1], changes[0]}, Of: []inventory.Change{changes[2], changes[0]}, Labels: []inventory.Kept{kept},
			Use: []inventory.Use{{From: use.From, To: use.To, LastCall: use.LastCall, Calls: 3}}, UseOf: &use, Has: true, Explains: true,
		}
		read(t, s.Inventory(), func(tx inventory.Tx) error {
			equal(t, "of the exchange", inventoryOf(t, tx, exchange), full)
			equal(t, "of another", inventoryOf(t, tx, "another"), everything{})
			return nil
		})
		for _, change := range []string{`UPDATE own_changes SET fields = 'x' WHERE seq = 2`, `UPDATE own_labels SET body = '{"team":"x"}'`} {
			if _, err := raw(t, path).ExecContext(t.Context(), change); err != nil {
				t.Fatal(err)
			}
		}
		read(t, s.Inventory(), func(tx inventory.Tx) error {
			err := tx.Changes(exchange, "", func(*inventory.Change) error { return nil })
			_, err2 := tx.LabelsOf(exchange, "97150")
			if !errors.Is(err, inventory.ErrUnreadable) || !errors.Is(err2, inventory.ErrUnreadable) {
				t.Errorf("got %v and %v of what is damaged", err, err2)
			}
			return nil
		})
	})
}

// everything is what is kept of an exchange's own numbers.
type everything struct {
	Head              inventory.Head
	Rows, There       []inventory.Row
	Changes, Fees, Of []inventory.Change
	Labels            []inventory.Kept
	Use               []inventory.Use
	UseOf             *inventory.Use
	Has, Explains     bool
}

// inventoryOf reads all of it; what is of one number, of 97150.
func inventoryOf(t *testing.T, tx inventory.Tx, exchange string) everything {
	t.Helper()
	var e everything
	var errs [11]error
	const n = "97150"
	rows := func(list *[]inventory.Row) func(*inventory.Row) error {
		return func(r *inventory.Row) error { *list = append(*list, *r); return nil }
	}
	changes := func(list *[]inventory.Change) func(*inventory.Change) error {
		return func(c *inventory.Change) error { *list = append(*list, *c); return nil }
	}
	e.Head, errs[0] = tx.Head(exchange)
	errs[1] = tx.Rows(exchange, true, rows(&e.Rows))
	errs[2] = tx.Rows(exchange, false, rows(&e.There))
	errs[3] = tx.Changes(exchange, "", changes(&e.Changes))
	errs[4] = tx.Changes(exchange, n, changes(&e.Of))
	errs[5] = tx.Fees(exchange, changes(&e.Fees))
	errs[6] = tx.Labels(exchange, func(_ string, k inventory.Kept) error { e.Labels = append(e.Labels, k); return nil })
	errs[7] = tx.Used(exchange, func(_ string, u *inventory.Use) error { e.Use = append(e.Use, *u); return nil })
	e.UseOf, errs[8] = tx.UseOf(exchange, n)
	e.Has, errs[9] = tx.Has(exchange, n)
	e.Explains, errs[10] = tx.Explains(exchange, n, "o-1")
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestInventoryOfVersion11 brings a store up to date that knows no own numbers, and
// keeps its orders, of which it tells what they did.
func TestInventoryOfVersion11(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		engine := "postgres"
		if !strings.HasPrefix(path, "postgres:") {
			engine = "sqlite"
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.MigrateTo(t.Context(), raw(t, path), engine, 11); err != nil {
			t.Fatal(err)
		}
		s := at(t, path)
		insert(t, s, ended(pending("o-1", 0, "1", "2"), order.LineDone, order.LineFailed))
		read(t, s.Doings(), func(tx order.DoingsTx) error {
			list, err := tx.Doings(exchange, time.Time{})
			if len(list) != 1 || list[0].Order != "o-1" || list[0].Number != "1" {
				t.Errorf("got %+v, want what is done", list)
			}
			return err
		})
		read(t, s.Inventory(), func(tx inventory.Tx) error {
			equal(t, "nothing", inventoryOf(t, tx, exchange), everything{})
			return nil
		})
	})
}

// TestDoings holds what orders did since a moment, with their terms, also where one
// can't be read.
func TestDoings(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path, now := place(t), morning()
		c := in(path)
		c.Now = func() time.Time { return now }
		s := with(t, c)
		one, two := pending("o-1", 0, "1", "2"), pending("o-2", 1, "3")
		one.Quote.Lines[0].Terms = []order.Fact{{Name: "label_owner", Value: "Ops"}}
		insert(t, s, one, two)
		now = minute(1)
		change(t, s, "o-1", func(r *order.Record) { *r = ended(*r, order.LineDone, order.LineFailed) })
		now = minute(2)
		change(t, s, "o-2", func(r *order.Record) { *r = ended(*r, order.LineUnknown) })
		first := order.Doing{Number: "1", Order: "o-1", Operation: "did_purchase", State: order.LineDone, At: minute(1), Terms: one.Quote.Lines[0].Terms}
		second := order.Doing{Number: "3", Order: "o-2", Operation: "did_purchase", State: order.LineUnknown, At: minute(2), Terms: two.Quote.Lines[0].Terms}
		want := func(since time.Time, exchange string, want ...order.Doing) {
			t.Helper()
			read(t, s.Doings(), func(tx order.DoingsTx) error {
				got, err := tx.Doings(exchange, since)
				equal(t, since.Format(time.TimeOnly), got, want)
				return err
			})
		}
		want(time.Time{}, exchange, first, second)
		want(minute(2), exchange, second)
		want(minute(3), exchange)
		want(time.Time{}, "another")
		if _, err := raw(t, path).ExecContext(t.Context(), `UPDATE orders SET body = '{"Newer":1}' WHERE id = 'o-1'`); err != nil {
			t.Fatal(err)
		}
		first.Terms = nil
		want(time.Time{}, exchange, first, second)
		now = minute(-10)
		want(minute(-20), exchange)
	})
}
