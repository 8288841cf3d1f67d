// Package view describes a result for people without saying how it is drawn.
//
// An operation turns its result into a [Doc]; each front end renders the
// blocks in its own medium. Nothing in a Doc is escaped: texts of other
// parties were cleaned before they came here, and only the renderer knows
// what its medium must escape.
package view

import (
	"time"

	"didops/internal/money"
)

// Doc is one result. The zero Doc is empty.
type Doc struct {
	Title   string // a few words, without a full stop
	Summary string // one or two sentences; may be empty
	Sandbox bool   // the result is from the sandbox; every renderer marks it
	Blocks  []Block

	// Headline stands for Title and Summary where rows are shown a few at a time,
	// and so says nothing of how many are shown; "" = there is none.
	Headline string
}

// Block is a part of a [Doc]: [Table], [Fields], [Notice], [More], [Text] or [Image]. The set
// is sealed, and every renderer switches over all of it.
//
//sumtype:decl
type Block interface{ block() }

// Table is rows under column heads. Every row has one cell for each column.
type Table struct {
	Title   string // may be empty
	Columns []Column
	Rows    [][]string
	Total   int // how many rows there are in all, of which these are some; 0 = these are all, or it is not known
}

// Column is the head of a table's column.
type Column struct {
	Title string
	Right bool // align to the right: amounts and counts
	Loose bool // may be shortened where space is short: descriptions, names
	Prose bool // rather takes several lines than being shortened: sentences
	Extra bool // may be left out where space is short
	Vital bool // is neither shortened nor left out as long as anything else can be; where it is Extra it goes only without a single value

	Aside bool // for people only, or said elsewhere too: models are not told

	Country bool // its cells may be ISO codes of countries

	// How a cell is told in a line of a few words, with %s for it: "set-up %s".
	// Without, it is told by itself, and not at all where it is Extra. Lead puts
	// it beside what the row is called.
	Brief string
	Lead  bool
}

// Fields is a list of labelled values.
type Fields []Field

// Field is one labelled value.
type Field struct {
	Label, Value string
	Brief        string // the value as models are told it; "" = Value
	Country      bool   // the value may be the ISO code of a country
	Aside        bool   // for people only, or said elsewhere too: models are not told
}

// Notice is a sentence that must not be overlooked, such as why a result is
// not complete.
type Notice struct {
	Warning bool
	Text    string
}

// More says that there are more rows, and the cursor that leads to them. Each
// front end has its own way there.
type More struct{ Cursor string }

// Text is a plain sentence.
type Text string

// Image is a picture, as what is drawn: each front end draws it as it can, or
// says what is in it. Nothing is in a picture alone.
type Image struct {
	Name  string // of a file that holds it, without an ending: letters, digits and dashes
	Alt   string // what is to be seen, with the figures; at most 1,024 characters
	Steps Steps
}

// Steps are amounts over time, of which each is so until the next one. Names
// and title are of characters that a Latin font has.
type Steps struct {
	Title string
	Lines []Line    // the first is drawn with most weight
	End   time.Time // until when the last amounts are so
}

// Line is one amount over time.
type Line struct {
	Name   string
	Points []Point // by their time
}

// Point is an amount since a moment. Where it is not known nothing is drawn
// until the next point.
type Point struct {
	At    time.Time
	Value money.Amount
}

func (Image) block()  {}
func (Table) block()  {}
func (Fields) block() {}
func (Notice) block() {}
func (More) block()   {}
func (Text) block()   {}
