package ingest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// drawShape writes rows, of which the first is the header, as some program might: their
// columns in any order, as CSV of any delimiter, line end and encoding, or as NDJSON,
// packed or not.
func drawShape(t *rapid.T, rows [][]string) []byte {
	order := rapid.Permutation([]int{0, 1, 2, 3}).Draw(t, "columns")
	inOrder := make([][]string, len(rows))
	for i, row := range rows {
		for _, column := range order {
			inOrder[i] = append(inOrder[i], row[column])
		}
	}
	var text []byte
	if len(rows) > 1 && rapid.IntRange(0, 4).Draw(t, "NDJSON") == 0 {
		text = asLines(inOrder)
	} else {
		text = drawCSV(t, inOrder)
	}
	if rapid.IntRange(0, 4).Draw(t, "gzip") > 0 {
		return text
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func asLines(rows [][]string) (text []byte) {
	for _, row := range rows[1:] {
		object := map[string]string{}
		for i, name := range rows[0] {
			object[name] = row[i]
		}
		line, err := json.Marshal(object)
		if err != nil {
			panic(err) // texts only
		}
		text = append(append(text, line...), '\n')
	}
	return text
}

func drawCSV(t *rapid.T, rows [][]string) []byte {
	delimiter := rapid.SampledFrom([]string{",", ";", "\t", "|"}).Draw(t, "delimiter")
	end := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "line end")
	quoted := rapid.Bool().Draw(t, "quoted")
	var b strings.Builder
	for _, row := range rows {
		if row = slices.Clone(row); quoted {
			for i, cell := range row {
				row[i] = `"` + cell + `"`
			}
		}
		b.WriteString(strings.Join(row, delimiter) + end)
	}
	text, err := b.String(), error(nil)
	switch rapid.SampledFrom([]string{"UTF-8", "UTF-8 with mark", "UTF-16 with mark", "UTF-16"}).Draw(t, "encoding") {
	case "UTF-8 with mark":
		text = "\ufeff" + text
	case "UTF-16 with mark":
		text, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	case "UTF-16":
		text, err = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return []byte(text)
}
