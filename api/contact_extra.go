package api

import (
	"bytes"

	"rollcall"
)

// split sorts the members into mapped fields and others. Null is not given, and
// of a name given twice the last counts.
func (d *contactDecoder) split(object []byte) *rejection {
	d.mapped = [mappedFields][]byte{}
	d.names, d.values, d.places = d.names[:0], d.values[:0], nil
	for name, value := range members(object) {
		if bytes.IndexByte(name, '\\') >= 0 {
			// In one spelling, so that equal names are equal bytes from here on.
			canonical := appendString(nil, plainName(name))
			name = canonical[1 : len(canonical)-1]
		}
		if i := mappedField(name); i >= 0 {
			if d.mapped[i] = value; string(value) == "null" {
				d.mapped[i] = nil
			}
			continue
		}
		d.setOther(name, value)
		if len(d.names)*len(`"":0,`) > rollcall.MaxExtraBytes {
			return tooMuchExtra() // before a hostile contact costs more
		}
	}
	return nil
}

// manyFields is from how many fields on a map finds a name faster.
const manyFields = 16

func (d *contactDecoder) setOther(name, value []byte) {
	if i := d.place(name); i >= 0 {
		d.values[i] = value
		return
	}
	if d.places != nil {
		d.places[string(name)] = len(d.names)
	}
	d.names, d.values = append(d.names, name), append(d.values, value)
}

func (d *contactDecoder) place(name []byte) int {
	if len(d.names) < manyFields {
		for i := range d.names {
			if bytes.Equal(d.names[i], name) {
				return i
			}
		}
		return -1
	}
	if d.places == nil {
		d.places = make(map[string]int, 4*manyFields)
		for i := range d.names {
			d.places[string(d.names[i])] = i
		}
	}
	if i, ok := d.places[string(name)]; ok {
		return i
	}
	return -1
}

// joinExtra makes Contact.Extra: mapped fields that were sent as numbers, then
// the other fields.
func (d *contactDecoder) joinExtra(c *rollcall.Contact) *rejection {
	d.extra = append(d.extra[:0], '{')
	for i, value := range d.mapped {
		if value != nil && value[0] != '"' {
			d.appendExtra([]byte(fieldNames[i]), value)
		}
	}
	for i, value := range d.values {
		d.appendExtra(d.names[i], compact(value))
		if len(d.extra) > rollcall.MaxExtraBytes {
			return tooMuchExtra()
		}
	}
	if len(d.extra) > 1 {
		c.Extra = string(append(d.extra, '}'))
	}
	return nil
}

func (d *contactDecoder) appendExtra(name, value []byte) {
	if len(d.extra) > 1 {
		d.extra = append(d.extra, ',')
	}
	d.extra = append(append(append(d.extra, '"'), name...), `":`...)
	d.extra = append(d.extra, value...)
}
