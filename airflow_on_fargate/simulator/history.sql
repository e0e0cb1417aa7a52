-- Every try of every task instance that a worker has run, from Airflow's metadata database:
--     psql --csv --file airflow_on_fargate/simulator/history.sql "$DATABASE_URL" > history.csv
SELECT dag_id, task_id, run_id, map_index, try_number, queue, pool, pool_slots, scheduled_dttm, start_date, end_date
FROM (
    SELECT dag_id, task_id, run_id, map_index, try_number, queue, pool, pool_slots,
           scheduled_dttm, queued_dttm, start_date, end_date
    FROM task_instance
    UNION ALL
    SELECT dag_id, task_id, run_id, map_index, try_number, queue, pool, pool_slots,
           scheduled_dttm, queued_dttm, start_date, end_date
    FROM task_instance_history
) AS tries
WHERE scheduled_dttm IS NOT NULL AND queued_dttm IS NOT NULL AND start_date IS NOT NULL AND end_date IS NOT NULL
ORDER BY scheduled_dttm, dag_id, task_id, run_id, map_index, try_number
