package order_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/order"
	"didops/internal/testing/wide"
)

// mutation is what is done to an order in the store. What its numbers mean depends
// on how many values the order has.
type mutation struct {
	Values  []int  // which of them, counted from the first
	How     string // is done to each
	Sealed  bool   // with a hash of the quote that holds
	Another int    // order, of which values are taken
}

func drawMutation(t *rapid.T) mutation {
	return mutation{
		Values:  rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 3).Draw(t, "values"),
		How:     rapid.SampledFrom([]string{"alter", "alter", "remove", "take", "empty"}).Draw(t, "how"),
		Sealed:  rapid.Float64Range(0, 1).Draw(t, "sealed") < 0.9,
		Another: rapid.IntRange(0, 1000).Draw(t, "another"),
	}
}

// TestMutatedOrders alters approved orders in the store at random, and holds that
// whatever leaves is, to the last term, a line that a passkey approved, once.
//
//	DIDOPS_TEST_WIDE=1 go test ./internal/order -run TestMutatedOrders -v
func TestMutatedOrders(t *testing.T) { //nolint:tparallel // one store after another, which are counted together
	t.Parallel()
	for kind, plans := range map[string]int{"sqlite": wide.Pick(2, 250), "postgres": wide.Pick(1, 50)} {
		t.Run(kind, func(t *testing.T) {
			left, stayed := 0, 0
			for seed := range plans {
				plan := rapid.SliceOfN(rapid.Custom(drawMutation), 20, 20).Example(seed + len(kind)*10_000)
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					in := inVault
					if kind == "postgres" {
						in = inPostgres
					}
					in(t, func(v *vault) {
						sent := v.mutated(plan)
						left, stayed = left+sent, stayed+len(plan)-sent
					})
				})
			}
			t.Logf("%d orders were sent as approved, %d were not sent", left, stayed)
			if left+stayed > 0 && (left == 0 || stayed == 0) {
				t.Error("the mutations are all of one kind")
			}
		})
	}
}

// mutated has as many orders approved as a plan has mutations, does one to each,
// and returns how many leave: as they were approved, and once.
func (v *vault) mutated(plan []mutation) int {
	v.Helper()
	d := v.engine("a")
	var ids []string
	approved := map[string]order.Line{}
	for n := range plan {
		number := fmt.Sprintf("97%03d", n)
		o := v.plan(d, number)
		v.approves(d, []string{"Bob", "Carol"}[n%2], o.ID)
		ids = append(ids, o.ID)
		approved[number] = v.record(o.ID).Quote.Lines[0]
	}
	for n, m := range plan {
		v.tryMutate(ids[n], ids[m.Another%len(ids)], m)
	}
	v.passes(v.engine("sender"))
	sent := map[string]int{}
	for _, s := range v.x.sends {
		number := s.line.Number
		if sent[number]++; sent[number] > 1 {
			v.t.Errorf("%s left %d times", number, sent[number])
		}
		if got, want := asJSON(v, s.line), asJSON(v, approved[number]); got != want {
			v.t.Errorf("what left is not what was approved:\n got %s\nwant %s", got, want)
		}
	}
	return len(sent)
}

func asJSON(tb testing.TB, v any) string {
	tb.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// tryMutate does a mutation, and reports whether there is such an order, and the
// store takes what comes of it.
func (v *vault) tryMutate(id, other string, m mutation) bool {
	v.Helper()
	was, err := v.look(id)
	another, err2 := v.look(other)
	if err != nil || err2 != nil {
		return false
	}
	tree, from := treeOf(v, was), treeOf(v, another)
	for _, n := range m.Values {
		paths := slices.Sorted(maps.Keys(leaves(tree, "")))
		path := paths[n%len(paths)]
		put(tree, path, altered(m.How, leaves(tree, "")[path], leaves(from, "")[path]))
	}
	var r order.Record
	if err := json.Unmarshal([]byte(asJSON(v, tree)), &r); err != nil || len(r.Lines) != len(r.Quote.Lines) || r.ID != was.ID { //nolint:musttag // as the store keeps it
		return false // no order
	}
	r.Rev = was.Rev
	err = v.store.Orders().Write(context.Background(), func(tx order.Tx) error {
		if m.Sealed {
			var err error
			if r, err = order.Reseal(tx, r); err != nil {
				return err
			}
		}
		return tx.Save(r)
	})
	return err == nil
}

func treeOf(v *vault, r order.Record) any {
	v.Helper()
	var tree any
	if err := json.Unmarshal([]byte(asJSON(v, r)), &tree); err != nil {
		v.Fatal(err)
	}
	return tree
}

// leaves returns the values of a tree by their paths.
func leaves(tree any, path string) map[string]any {
	all := map[string]any{}
	switch t := tree.(type) {
	case map[string]any:
		for k, v := range t {
			maps.Copy(all, leaves(v, path+"/"+k))
		}
	case []any:
		for i, v := range t {
			maps.Copy(all, leaves(v, fmt.Sprintf("%s/%d", path, i)))
		}
	default:
		all[path] = tree
	}
	return all
}

// gone stands for a value that is removed.
type gone struct{}

// put sets the value at a path.
func put(tree any, path string, value any) {
	walk(tree, "", path, value)
}

func walk(tree any, at, path string, value any) {
	switch t := tree.(type) {
	case map[string]any:
		for k, v := range t {
			switch here := at + "/" + k; {
			case here != path:
				walk(v, here, path, value)
			case reflect.TypeOf(value) == reflect.TypeFor[gone]():
				delete(t, k)
			default:
				t[k] = value
			}
		}
	case []any:
		for i, v := range t {
			if here := fmt.Sprintf("%s/%d", at, i); here != path {
				walk(v, here, path, value)
			} else if reflect.TypeOf(value) != reflect.TypeFor[gone]() {
				t[i] = value
			}
		}
	}
}

// altered returns what is made of a value, of which another order has other.
func altered(how string, is, other any) any {
	switch how {
	case "remove":
		return gone{}
	case "take":
		return other
	}
	switch is := is.(type) {
	case string:
		switch {
		case how == "empty":
			return ""
		case is == "":
			return "x"
		}
		b := []byte(is)
		b[len(b)/2]++
		return string(b)
	case float64:
		if how == "empty" {
			return 0
		}
		return is + 1
	case bool:
		return !is
	}
	return is
}
