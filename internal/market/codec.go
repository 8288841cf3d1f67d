package market

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"didops/internal/money"
)

// layout is the first byte of both values of a cell.
const layout = 1

// errCorrupt is the error of a value that is not what was written.
var errCorrupt = errors.New("a part of the memory of the market is damaged")

//nolint:gochecknoglobals // a table that nothing writes to
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode writes the rows at these places, which are in the order of their
// keys, as the two values of a cell.
func (t *table) encode(at []int) (hot, cold []byte) {
	w := compact(t, at)
	hot = binary.AppendUvarint([]byte{layout}, uint64(len(at)))
	hot = appendTexts(hot, w.amounts.keys)
	hot = appendTexts(hot, w.sellers.keys)
	hot = appendTexts(hot, w.texts.keys)
	hot = appendList(hot, w.places.keys, func(b []byte, p Place) []byte {
		return appendText(appendText(appendText(b, p.Country), p.CountryName), p.Type)
	})
	hot = appendList(hot, w.tariffs.keys, func(b []byte, t tariff) []byte {
		b = appendText(appendText(appendText(b, t.price1), t.priceN), t.sms)
		return binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(b, t.interval1), t.intervalN), t.capacity)
	})
	hot = slices.Grow(hot, len(at)*hotRow)
	for _, i := range at {
		hot = binary.LittleEndian.AppendUint64(hot, t.digits[i])
	}
	for _, i := range at {
		hot = binary.LittleEndian.AppendUint16(hot, t.flags[i])
	}
	for _, c := range w.columns {
		for _, v := range c {
			hot = binary.LittleEndian.AppendUint16(hot, v)
		}
	}
	return seal(hot), seal(t.encodeCold(at))
}

// hotRow is how many bytes of a row are in the hot value.
const hotRow = 8 + 2 + 6*2

func (t *table) encodeCold(at []int) []byte {
	var times dict[int64]
	cold := binary.AppendUvarint([]byte{layout}, uint64(len(at)))
	seen := make([]uint32, len(at))
	for n, i := range at {
		seen[n] = times.of(t.seen[i])
	}
	cold = appendList(cold, times.keys, binary.AppendVarint)
	for _, i := range at {
		cold = binary.LittleEndian.AppendUint64(cold, t.ids[i])
	}
	for _, n := range seen {
		cold = binary.LittleEndian.AppendUint16(cold, uint16(n)) //nolint:gosec // a cell has no more rows than that
	}
	return cold
}

// compacted are the values that some rows use, amounts in their order, and the
// columns that point at them.
type compacted struct {
	dicts
	columns [6][]uint16 // monthly, setup, seller, text, place, tariff
}

func compact(t *table, at []int) *compacted {
	w := &compacted{}
	w.amounts.keys = sortedAmounts(t, at)
	w.amounts.index = make(map[string]uint32, len(w.amounts.keys))
	for i, a := range w.amounts.keys {
		w.amounts.index[a] = uint32(i) //nolint:gosec // there are no more amounts than two a row
	}
	m := sparse{t: t, w: w}
	for c, column := range [...][]uint32{t.monthly, t.setup, t.seller, t.text, t.place, t.tariffOf} {
		w.columns[c] = make([]uint16, len(at))
		for n, i := range at {
			w.columns[c][n] = uint16(m.of(c, column[i])) //nolint:gosec // a cell has no more rows than that
		}
	}
	return w
}

// sortedAmounts returns the amounts of some rows, the lowest first.
func sortedAmounts(t *table, at []int) []string {
	used := make([]bool, len(t.amounts.keys))
	for _, i := range at {
		used[t.monthly[i]], used[t.setup[i]] = true, true
	}
	type priced struct {
		text string
		is   money.Amount
	}
	var list []priced
	for i, u := range used {
		if u {
			list = append(list, priced{t.amounts.keys[i], amount(t.amounts.keys[i])})
		}
	}
	slices.SortFunc(list, func(a, b priced) int { return a.is.Cmp(b.is) })
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.text
	}
	return texts
}

// sparse maps the values that are used, each once.
type sparse struct {
	t    *table
	w    *compacted
	maps [6][]uint32 // one more than the new number; 0: not asked for yet
}

func (m *sparse) of(column int, old uint32) uint32 {
	if m.maps[column] == nil {
		d := &m.t.dicts
		sizes := [...]int{len(d.amounts.keys), len(d.amounts.keys), len(d.sellers.keys), len(d.texts.keys), len(d.places.keys), len(d.tariffs.keys)}
		m.maps[column] = make([]uint32, sizes[column])
	}
	at := &m.maps[column][old]
	if *at == 0 {
		switch column {
		case 0, 1:
			*at = m.w.amounts.of(m.t.amounts.keys[old])
		case 2:
			*at = m.w.sellers.of(m.t.sellers.keys[old])
		case 3:
			*at = m.w.texts.of(m.t.texts.keys[old])
		case 4:
			*at = m.w.places.of(m.t.places.keys[old])
		default:
			*at = m.w.tariffs.of(m.t.tariffs.keys[old])
		}
		*at++
	}
	return *at - 1
}

func seal(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTexts(b []byte, list []string) []byte { return appendList(b, list, appendText) }

func appendList[T any](b []byte, list []T, each func([]byte, T) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, v := range list {
		b = each(b, v)
	}
	return b
}

// reader takes a value apart. After a failure all that it returns is empty.
type reader struct {
	b      []byte
	failed bool
}

// unseal begins with a value of a cell, and returns how many rows it has.
func unseal(b []byte) (*reader, int) {
	r := &reader{b: b}
	if len(b) < 6 || b[0] != layout || binary.LittleEndian.Uint32(b[len(b)-4:]) != crc32.Checksum(b[:len(b)-4], castagnoli) {
		r.failed = true
		return r, 0
	}
	r.b = b[1 : len(b)-4]
	return r, r.count()
}

// count reads how many of something follow: never more than there are bytes.
func (r *reader) count() int {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > uint64(len(r.b)) {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return int(n) //nolint:gosec // it was compared with a length
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.failed, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) text() string { return string(r.bytes(r.count())) }

func (r *reader) varint() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func list[T any](r *reader, each func() T) []T {
	n := r.count()
	out := make([]T, 0, min(n, cellMost*2))
	for range n {
		if r.failed {
			return nil
		}
		out = append(out, each())
	}
	return out
}

// texts reads a list of texts, which share one piece of memory.
func (r *reader) texts() []string {
	n := r.count()
	start, ends := r.b, make([]int, 0, 2*min(n, cellMost))
	for range n {
		size := r.count()
		r.bytes(size)
		if r.failed {
			return nil
		}
		ends = append(ends, len(start)-len(r.b), size)
	}
	whole := string(start[:len(start)-len(r.b)])
	out := make([]string, n)
	for i := range out {
		end, size := ends[2*i], ends[2*i+1]
		out[i] = whole[end-size : end]
	}
	return out
}
