package ingest

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"rollcall"
	"rollcall/phone"
)

// normaliser turns records into rows and rejects. It belongs to one goroutine.
type normaliser struct {
	plan   *plan
	parser *phone.Parser
	scan   scanner

	text  string // of the chunk; every cell is a piece of it
	sound bool   // the chunk is valid UTF-8 without NUL
	out   *batch
	extra []byte // the extra fields of the batch's rows, one after the other
	ends  []int  // where those of each row end
	from  int    // where the batch starts in the chunk
}

// chunk normalises a chunk, and emits it in batches.
func (n *normaliser) chunk(text []byte, fresh func() *batch, emit func(*batch) error) error {
	// One copy of the whole; cells without doubled quotes cost no further one. The
	// chunk's own memory goes back to the reader.
	n.text, n.from = string(text), 0
	n.sound = utf8.Valid(text) && !hasNUL(text)
	n.scan.reset(text, true)
	n.begin(fresh())
	for n.scan.next() {
		n.record()
		if n.out.len() == batchRows || len(n.extra)+n.scan.pos-n.from >= batchBytes {
			if err := emit(n.take()); err != nil {
				return err
			}
			n.begin(fresh())
		}
	}
	return emit(n.take())
}

// begin begins a batch, with room for the rows of usual length that are left.
func (n *normaliser) begin(b *batch) {
	const usual = 64
	b.rows = slices.Grow(b.rows, min(batchRows, (len(n.text)-n.from)/usual))
	n.out = b
}

// take finishes the batch.
func (n *normaliser) take() *batch {
	all, from := string(n.extra), 0
	for i, end := range n.ends {
		n.out.rows[i].Contact.Extra, from = all[from:end], end
	}
	n.out.bytes = n.scan.pos - n.from + len(all)
	n.extra, n.ends, n.from = n.extra[:0], n.ends[:0], n.scan.pos
	return n.out
}

// record makes a row or a reject of the scanner's record.
func (n *normaliser) record() {
	number, mark := n.out.len()+1, len(n.extra)
	why := damage(n.scan.fault, n.scan.text[n.scan.start:n.scan.end], n.sound)
	if why == nil {
		n.out.rows = append(n.out.rows, rollcall.Row{Number: number})
		if why = n.row(&n.out.rows[len(n.out.rows)-1].Contact); why == nil {
			n.ends = append(n.ends, len(n.extra))
			return
		}
		n.out.rows, n.extra = n.out.rows[:len(n.out.rows)-1], n.extra[:mark]
	}
	n.out.rejects = append(n.out.rejects, rollcall.Reject{Number: number, Code: why.code, Message: why.message, Raw: n.raw()})
}

// row fills in a contact.
func (n *normaliser) row(c *rollcall.Contact) *refusal {
	if surplus := n.scan.cells; len(surplus) > n.plan.columns {
		for i := range surplus[n.plan.columns:] {
			if !blank(n.cell(n.plan.columns + i)) {
				return tooManyCells(len(surplus), n.plan.columns)
			}
		}
	}
	c.PhoneSent = strings.TrimSpace(n.cell(n.plan.phone))
	number, err := n.parser.Parse(c.PhoneSent)
	if err != nil {
		return phoneRefusal(err)
	}
	c.Phone = number
	if why := n.fields(c); why != nil {
		return why
	}
	return n.extras()
}

// fields fills in the mapped fields. Like the number they are cleared of blanks
// around them: "3" and " 3" are one priority, and one id.
func (n *normaliser) fields(c *rollcall.Contact) *refusal {
	for _, f := range n.plan.fields {
		s := strings.TrimSpace(n.cell(f.column))
		if len(s) > rollcall.MaxFieldBytes {
			return fieldTooLong(f.field, len(s))
		}
		if s != "" {
			*c.Mapped(f.field) = rollcall.Given(s)
		}
	}
	return nil
}

// extras appends the other columns' cells, as they stand, as a JSON object.
func (n *normaliser) extras() *refusal {
	start := len(n.extra)
	for _, e := range n.plan.extras {
		s := n.cell(e.column)
		if blank(s) {
			continue
		}
		open := byte(',')
		if len(n.extra) == start {
			open = '{'
		}
		n.extra = append(append(n.extra, open), e.key...)
		n.extra = appendJSON(n.extra, s)
		if len(n.extra)-start >= rollcall.MaxExtraBytes {
			return extraTooLarge
		}
	}
	if len(n.extra) > start {
		n.extra = append(n.extra, '}')
	}
	return nil
}

// cell gives a cell's text, empty for one that the row lacks.
func (n *normaliser) cell(i int) string {
	if i >= len(n.scan.cells) {
		return ""
	}
	c := n.scan.cells[i]
	return unquote(n.text[c.start:c.end], c.quotes)
}

// raw gives the record as it stood, fit for any database.
func (n *normaliser) raw() string {
	raw := n.text[n.scan.start:n.scan.end]
	if n.scan.fault == faultLong {
		raw = clip(raw, min(maxRawOfLong, n.scan.limit))
	}
	if n.sound {
		return raw
	}
	return clean(raw)
}

func blank(s string) bool { return s == "" || strings.TrimSpace(s) == "" }

func hasNUL(b []byte) bool { return bytes.IndexByte(b, 0) >= 0 }
