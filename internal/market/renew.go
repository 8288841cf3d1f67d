package market

// renewed reports whether a reading brought nothing to a cell but that rows of
// it are there as they were, and then returns its new cold value; nil where
// that stays, too. Most readings of most cells are such: what filters and
// orders need is not written again then, and who holds it may go on.
func (r *Recording) renewed(c *Cell, rest *cold, fresh []int, p *proof) (value []byte, ok bool) {
	for _, l := range c.lost {
		if l.since() < r.lapsing() {
			return nil, false
		}
	}
	seen := make([]int64, c.rows)
	for i := range seen {
		seen[i] = rest.seen.at(i)
	}
	like := likeness{cell: c, rest: rest, fresh: &r.batch}
	i := 0
	for _, j := range fresh {
		key := r.batch.key(j)
		for i < c.rows && c.key(i) < key {
			i++
		}
		if i >= c.rows || c.key(i) != key || c.lost[i] != (lost{}) || !like.is(i, j) {
			return nil, false
		}
		seen[i] = max(seen[i], r.batch.seen[j])
	}
	if p != nil && p.misses(c, seen) {
		return nil, false
	}
	if len(fresh) == 0 {
		return nil, true
	}
	t := &table{columns: columns{seen: seen, stay: make([]int64, c.rows), ids: make([]uint64, c.rows)}}
	for i := range c.rows {
		t.stay[i], t.ids[i] = rest.stay.at(i), rest.id(i)
	}
	return seal(t.encodeCold(all(c.rows))), true
}

// misses reports whether the reading says of a row what was not known.
func (p *proof) misses(c *Cell, seen []int64) bool {
	for i := range c.rows {
		if seen[i] < p.started && p.suits(c.flagsAt(i), c.Place(i).Type) && p.of(c.number(i), c.flagsAt(i), c.lost[i].absence) != unproven && p.within(c.number(i)) {
			return true
		}
	}
	return false
}

// likeness compares rows with those of a cell, each distinct value once.
type likeness struct {
	cell  *Cell
	rest  *cold
	fresh *table
	known [6][]uint32 // by the column, and the value in fresh: one more than that in the cell; 0: not known yet
}

// is reports whether the row at j of fresh is the one at i of the cell.
func (l *likeness) is(i, j int) bool {
	t := l.fresh
	return t.flags[j] == l.cell.flagsAt(i) && t.ids[j] == l.rest.id(i) &&
		l.same(colMonthly, i, t.monthly[j]) && l.same(colSetup, i, t.setup[j]) && l.same(colSeller, i, t.seller[j]) &&
		l.same(colText, i, t.text[j]) && l.same(colPlace, i, t.place[j]) && l.same(colTariff, i, t.tariffOf[j])
}

func (l *likeness) same(column, i int, value uint32) bool {
	is := uint32(l.cell.at(column, i))
	known := &l.known[column]
	for int(value) >= len(*known) {
		*known = append(*known, make([]uint32, int(value)+1)...)
	}
	if (*known)[value] == 0 && l.equal(column, int(is), int(value)) {
		(*known)[value] = is + 1
	}
	return (*known)[value] == is+1
}

// equal compares a value of the cell with one of fresh.
func (l *likeness) equal(column, is, value int) bool {
	c, t := l.cell, l.fresh
	switch column {
	case colMonthly, colSetup:
		return string(c.amounts.at(is)) == t.amounts.keys[value]
	case colSeller:
		return string(c.sellers.at(is)) == t.sellers.keys[value]
	case colText:
		return string(c.texts.at(is)) == t.texts.keys[value]
	case colPlace:
		return c.places[is] == t.places.keys[value]
	default:
		return (&reader{b: c.tariffs.at(is)}).tariff() == t.tariffs.keys[value]
	}
}
