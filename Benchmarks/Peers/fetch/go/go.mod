module fetch

go 1.22
